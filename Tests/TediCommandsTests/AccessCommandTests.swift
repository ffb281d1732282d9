import Client
import Foundation
import JobAPI
import LiveSystems
import TediCommands
import Testing

@Suite("API keys on the command line")
struct AccessCommandTests {
    private static let secret = "tedi_" + String(repeating: "A", count: 43)

    @Test("A named file wins over the environment, and neither has to be there")
    func location() throws {
        let scratch = try Scratch()
        let file = try scratch.file("key", "\(Self.secret)\n")
        #expect(try ApiKeyLocation.locate(file: nil, environment: [:]) == nil)
        #expect(try ApiKeyLocation.locate(file: nil, environment: ["TEDI_API_KEY": ""]) == nil)
        #expect(try ApiKeyLocation.locate(file: nil, environment: ["TEDI_API_KEY": Self.secret]) != nil)
        #expect(try ApiKeyLocation.locate(file: file, environment: ["TEDI_API_KEY": "nonsense"]) != nil)
    }

    @Test("What is no key is refused and not repeated")
    func mistakes() async throws {
        let half = String(Self.secret.dropLast())
        let result = await tedi("status", "--api", "127.0.0.1:1", environment: ["TEDI_API_KEY": half])
        #expect(result.status == 2)
        #expect(result.errors.contains("TEDI_API_KEY") && !result.errors.contains(half))
        let missing = await tedi("status", "--api", "127.0.0.1:1", "--api-key-file", "/nonexistent/key")
        #expect(missing.status == 2 && missing.errors.contains("/nonexistent/key"))
    }

    @Test("A key describes itself without itself")
    func description() throws {
        let key = try #require(ApiKey(Self.secret))
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped] { #expect(!text.contains("AAAA")) }
    }

    @Test("Being refused is an exit status of its own", arguments: [(401, 4), (403, 4), (404, 2), (429, 2), (500, 1)])
    func denied(status: Int, exit: Int32) {
        let problem = ProblemDetails(status: status, code: .denied, title: "t", detail: "d")
        #expect(CommandError(ClientError.problem(problem)).status.rawValue == exit)
    }

    @Test("Daemons do not inherit the key of whoever starts them")
    func daemons() {
        let inherited = DaemonEnvironment.inherited(["TEDI_API_KEY": Self.secret, "TEDI_PACK": "p", "HOME": "h"])
        #expect(inherited == ["TEDI_PACK": "p"])
    }

    @Test("Scopes and limits are checked before anything is asked")
    func options() async {
        #expect(await tedi("key", "create", "k", "--scopes", "root").status == 2)
        #expect(await tedi("key", "create", "k", "--scopes", "read", "--expires-in-days", "0").status == 2)
        #expect(await tedi("tenant", "set", "t", "--max-queued", "many").status == 2)
    }

    @Test("Keys and tenants are made, listed and revoked, and limits not given stay")
    func live() async throws {
        try await LiveSystem.with { system in
            func run(_ words: String...) async -> CommandResult { await tedi(words + ["--api", system.api]) }
            #expect(
                await run("tenant", "add", "studio", "--weight", "2", "--max-queued", "9", "--max-artifact-bytes", "70")
                    .status == 0)
            #expect(await run("tenant", "set", "studio", "--max-running", "3").status == 0)
            let tenants = await run("tenant", "ls", "--output", "jsonl").output
            #expect(
                tenants.contains(#""max_artifact_bytes":70,"max_queued":9,"max_running":3,"name":"studio""#),
                "\(tenants)")
            let created = await run("key", "create", "nightly", "--tenant", "studio", "--scopes", "submit,read")
            #expect(created.status == 0)
            let secret = created.output.trimmingCharacters(in: .newlines)
            #expect(ApiKey(secret) != nil && !created.errors.contains(secret))
            let listed = await run("key", "ls")
            #expect(listed.output.contains("nightly") && !listed.output.contains(secret))
            #expect(await run("key", "revoke", "1").output.contains("is revoked"))
            #expect(await run("key", "revoke", "77").status == 2)
        }
    }
}
