import Foundation
import LiveSystems
import TediCommands
import Testing

@Suite("Where things are")
struct LocationTests {
    private static func note(api: String) -> StackNote {
        StackNote(api: api, pack: "/p", packDigest: "d", workers: 2, threads: 1, batch: 16)
    }

    @Test("The coordinator: --api, then --state, TEDI_API, TEDI_STATE, the usual stack, the standard address")
    func order() throws {
        let scratch = try Scratch()
        let (named, usual) = (StateFolder(scratch.path + "/named"), StateFolder(scratch.path + "/usual"))
        for (folder, port) in [(named, 1001), (usual, 1002)] {
            try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
            try Self.note(api: "http://127.0.0.1:\(port)").write(to: folder)
        }
        let full = ["TEDI_API": "http://far:1003", "TEDI_STATE": usual.path]
        func locate(_ api: String?, _ state: String?, _ environment: [String: String]) throws -> String {
            try CoordinatorAddress.locate(api: api, state: state, environment: environment)
        }
        #expect(try locate("http://near:1000", named.path, full) == "http://near:1000")
        #expect(try locate(nil, named.path, full) == "http://127.0.0.1:1001")
        #expect(try locate(nil, nil, full) == "http://far:1003")
        #expect(try locate(nil, nil, ["TEDI_STATE": usual.path]) == "http://127.0.0.1:1002")
        #expect(throws: CommandError.self) { try locate(nil, nil, ["TEDI_STATE": usual.path + "/none"]) }
        #expect(try locate(nil, nil, ["TEDI_STATE": "", "HOME": "/nonexistent"]) == "http://127.0.0.1:8080")
        #expect(try locate(nil, nil, ["TEDI_API": "", "TEDI_STATE": usual.path]) == "http://127.0.0.1:1002")
    }

    @Test("A state folder without a stack does not lead to another's coordinator")
    func missingStack() throws {
        let error = #expect(throws: CommandError.self) {
            try CoordinatorAddress.locate(api: nil, state: "/nonexistent", environment: ["TEDI_API": "http://far:1"])
        }
        #expect(error?.status == .unreachable)
        #expect(error?.lines.last?.contains("tedi up --state /nonexistent") == true)
    }

    @Test("A stack whose coordinator has never listened has no address")
    func unfinishedStack() throws {
        let scratch = try Scratch()
        try Self.note(api: "").write(to: StateFolder(scratch.path))
        let path = scratch.path
        for (flag, environment) in [(path, [:]), (nil, ["TEDI_STATE": path])] as [(String?, [String: String])] {
            let error = #expect(throws: CommandError.self) {
                try CoordinatorAddress.locate(api: nil, state: flag, environment: environment)
            }
            #expect(error?.status == .unreachable)
        }
    }

    @Test(
        "Addresses are completed",
        arguments: [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"), ("http://a:1/", "http://a:1"),
            ("https://tedi.example", "https://tedi.example"),
            ("[::1]:80", "http://[::1]:80"),
        ])
    func normalised(text: String, expected: String) throws {
        #expect(try CoordinatorAddress.normalised(text, source: "--api") == expected)
    }

    @Test(
        "What is no address is refused",
        arguments: ["", "http://", "ftp://a", "http://a/path", "a b", "http://u:p@a", "http://a?x=1"])
    func refused(text: String) {
        let error = #expect(throws: CommandError.self) { try CoordinatorAddress.normalised(text, source: "--api") }
        #expect(error?.status == .badInput)
    }

    @Test("The state folder: flag, variable, then the user's data")
    func stateFolder() throws {
        func locate(_ flag: String?, _ environment: [String: String], root: Bool = false) throws -> String {
            try StateFolder.locate(flag: flag, environment: environment, isRoot: root).path
        }
        #expect(try locate("/a/b/../c", ["TEDI_STATE": "/x"]) == "/a/c")
        #expect(try locate(nil, ["TEDI_STATE": "/x", "HOME": "/h"]) == "/x")
        #expect(try locate(nil, ["HOME": "/h"]) == "/h/.local/share/tedi")
        #expect(try locate(nil, ["HOME": "/h", "XDG_DATA_HOME": "/d"]) == "/d/tedi")
        #expect(try locate(nil, ["HOME": "/root"], root: true) == "/var/lib/tedi")
        #expect(throws: CommandError.self) { try locate(nil, [:]) }
    }

    @Test(
        "A damaged note is no note",
        arguments: [
            "", "{}", "[1]", "{\"api\": 7}", String(repeating: "x", count: 100_000),
            #"{"api": "a", "pack": "p", "packDigest": "d", "workers": 1000000, "threads": 1, "batch": 1}"#,
        ])
    func damagedNote(text: String) throws {
        let scratch = try Scratch()
        _ = try scratch.file("stack.json", text)
        #expect(StackNote.read(from: StateFolder(scratch.path)) == nil)
    }

    @Test("Deep state folders get short sockets, the same each time")
    func sockets() {
        #expect(SocketFolder.substitute(for: "/var/lib/tedi/postgres", user: 5) == nil)
        let deep = "/" + String(repeating: "d/", count: 60) + "postgres"
        let short = SocketFolder.substitute(for: deep, user: 5)
        #expect(short?.hasPrefix("/tmp/tedi-5-") == true)
        #expect(short == SocketFolder.substitute(for: deep, user: 5))
        #expect(short != SocketFolder.substitute(for: deep + "x", user: 5))
        #expect((short?.count ?? .max) < 40)
    }

    @Test("Daemons get what belongs to Tedi, not the secrets of others")
    func daemonEnvironment() {
        let inherited = DaemonEnvironment.inherited([
            "PATH": "/bin", "TEDI_DEVICE": "cuda", "AWS_SECRET_ACCESS_KEY": "x", "LD_LIBRARY_PATH": "/l",
            "SSH_AUTH_SOCK": "y",
        ])
        #expect(inherited == ["PATH": "/bin", "TEDI_DEVICE": "cuda", "LD_LIBRARY_PATH": "/l"])
    }
}

@Suite("Model packs")
struct PackFolderTests {
    private static let digestOfHello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

    private static func manifest(_ name: String) -> String {
        "{\"name\": \"\(name)\", \"files\": [{\"name\": \"a.bin\", \"bytes\": 5, \"sha256\": \"\(digestOfHello)\"}]}"
    }

    @Test("The first that is named or found: flag, variable, installation, checkout")
    func order() throws {
        let scratch = try Scratch()
        for folder in ["flag", "variable", "usr/share/tedi/packs/demo-64", "src/Resources/Packs/demo-64"] {
            _ = try scratch.file("\(folder)/pack.json", Self.manifest(folder))
        }
        func locate(_ flag: String?, _ environment: [String: String], _ programs: String) throws -> String {
            try PackFolder.locate(
                flag: flag, environment: environment, programs: scratch.path + programs, workingFolder: "/nonexistent"
            ).name
        }
        let environment = ["TEDI_PACK": scratch.path + "/variable"]
        #expect(try locate(scratch.path + "/flag", environment, "/usr/bin") == "flag")
        #expect(try locate(nil, environment, "/usr/bin") == "variable")
        #expect(try locate(nil, [:], "/usr/bin") == "usr/share/tedi/packs/demo-64")
        #expect(try locate(nil, [:], "/src/.build/release") == "src/Resources/Packs/demo-64")
        #expect(try locate(nil, [:], "/src/.build/x86_64-unknown-linux-gnu/release") == "src/Resources/Packs/demo-64")
        let error = #expect(throws: CommandError.self) { try locate(nil, [:], "/elsewhere/a/b/c/d/e") }
        #expect(error?.status == .badInput)
    }

    @Test("A folder without a pack, and a broken pack, are named")
    func broken() throws {
        let scratch = try Scratch()
        _ = try scratch.file("pack.json", "{")
        #expect(throws: CommandError.self) { try PackFolder(scratch.path, source: "--pack") }
        #expect(throws: CommandError.self) { try PackFolder(scratch.path + "/none", source: "--pack") }
    }

    @Test("Damage is found")
    func damage() throws {
        let scratch = try Scratch()
        _ = try scratch.file("pack.json", Self.manifest("p"))
        let pack = try PackFolder(scratch.path, source: "--pack")
        #expect(pack.damage()?.contains("a.bin is missing") == true)
        _ = try scratch.file("a.bin", "hello")
        #expect(pack.damage() == nil)
        _ = try scratch.file("a.bin", "hellO")
        #expect(pack.damage() == "a.bin is not as pack.json says")
        #expect(pack.digest.count == 64)
    }
}
