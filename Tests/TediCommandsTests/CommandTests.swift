import Foundation
import LiveSystems
import TediCommands
import Testing

@Suite("Commands")
struct CommandTests {
    /// A port on which nothing listens: the kernel has just given it out and taken it back.
    private static let nobody = "http://127.0.0.1:1"

    @Test(
        "Every command explains itself with an example",
        arguments: [
            [], ["up"], ["down"], ["submit"], ["batch"], ["batch", "ls"], ["batch", "show"], ["batch", "watch"],
            ["batch", "pull"], ["job"], ["job", "show"], ["job", "rerun"], ["job", "cancel"], ["artifact"],
            ["artifact", "show"], ["artifact", "get"], ["artifact", "put"], ["artifact", "rm"], ["artifact", "edit"],
            ["artifact", "mix"], ["evaluate"], ["cron"], ["cron", "ls"],
            ["cron", "show"], ["cron", "add"], ["cron", "rm"], ["cron", "pause"], ["cron", "resume"], ["cron", "run"],
            ["status"], ["doctor"], ["worker"], ["worker", "ls"], ["worker", "show"], ["worker", "drain"],
            ["worker", "quiet"], ["worker", "work"], ["dead"], ["dead", "ls"], ["dead", "requeue"], ["dead", "purge"],
            ["batch", "pause"], ["batch", "resume"], ["batch", "cancel"], ["batch", "retry-failed"],
            ["batch", "priority"],
        ])
    func help(command: [String]) async {
        let result = await tedi(command + ["--help"])
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
        #expect(result.output.contains("Example:\n"))
        #expect(result.output.contains("tedi " + command.joined(separator: " ")))
    }

    @Test(
        "A wrong command line is exit status 2",
        arguments: [
            ["frobnicate"], ["submit"], ["batch", "show", "seven"], ["batch", "watch", "7", "--interval", "0"],
            ["batch", "ls", "--limit", "0"], ["batch", "pull", "7"], ["up", "--workers", "-1"], ["up", "--port", "0"],
            ["batch", "pull", "7", "x", "--parallel", "1000"], ["status", "--output", "xml"],
            ["status", "--api", "ftp://x"], ["submit", "--kind", "paint", "x.txt"], ["artifact", "show"],
            ["submit", "x.txt", "--grid", "faces=3"], ["submit", "x.txt", "--layers", "9-4"],
            ["artifact", "edit", "7"],
            ["submit", "x.txt", "--losses", "pixel"], ["submit", "x.txt", "--losses", "beauty=1"],
            ["submit", "x.txt", "--policy", "hair"], ["submit", "x.txt", "--frame-format", "webp"],
            ["submit", "x.txt", "--option-column", "scores=s"], ["submit", "x.txt", "--noise"], ["artifact", "put"],
            ["submit", "x.txt", "--photo", "a.png", "b.png"], ["artifact", "mix", "1", "2"], ["job", "rerun"],
            ["submit", "x.txt", "--samples", "2", "--grid", "seeds=2"], ["evaluate", "7", "--limit", "0"],
            ["submit", "x.txt", "--photo-column", "a", "--code-column", "a"], ["artifact", "rm", "face.png"],
            ["batch", "pause"], ["batch", "resume"], ["batch", "cancel", "x"], ["batch", "retry-failed", "x"],
            ["batch", "priority", "1"], ["batch", "priority", "1", "high"], ["dead", "requeue"], ["dead", "purge"],
            ["dead", "purge", "--all-tenants"], ["dead", "ls", "--limit", "0"], ["dead", "requeue", "seven"],
            ["dead", "frobnicate"], ["worker", "show"], ["worker", "drain"], ["worker", "quiet"], ["worker", "work"],
            ["worker", "x"],
        ])
    func usage(command: [String]) async {
        let result = await tedi(command)
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(!result.errors.isEmpty)
    }

    @Test("The version is there")
    func version() async {
        let result = await tedi("--version")
        #expect(result.status == 0)
        #expect(result.output == Tedi.version + "\n")
    }

    @Test(
        "Where no coordinator answers, the exit status is 5 and the way out is told",
        arguments: [
            ["status"], ["batch", "ls"], ["batch", "show", "1"], ["job", "show", "1"], ["batch", "watch", "1"],
            ["cron", "ls"], ["cron", "show", "nightly"], ["cron", "rm", "nightly"], ["cron", "pause", "nightly"],
            ["cron", "resume", "nightly"], ["cron", "run", "nightly"], ["job", "rerun", "1"], ["evaluate", "1"],
            ["artifact", "show", "--job", "1"], ["artifact", "edit", "1", "--caption", "she smiles"],
            ["batch", "pause", "1"], ["batch", "resume", "1"], ["batch", "cancel", "1"],
            ["batch", "retry-failed", "1"], ["batch", "priority", "1", "5"], ["dead", "ls"],
            ["dead", "requeue", "--all"], ["dead", "purge", "1"], ["worker", "ls"], ["worker", "show", "w"],
            ["worker", "drain", "w"], ["worker", "quiet", "w"], ["worker", "work", "w"],
        ])
    func unreachable(command: [String]) async {
        let result = await tedi(command + ["--api", Self.nobody])
        #expect(result.status == 5)
        #expect(result.errors.contains("no coordinator answers at http://127.0.0.1:1: connection refused"))
        #expect(result.errors.contains("tedi up"))
    }

    @Test("A state folder in which nothing was started is named")
    func noStack() async {
        let result = await tedi("batch", "ls", "--state", "/nonexistent/x")
        #expect(result.status == 5)
        #expect(result.errors.contains("tedi up --state /nonexistent/x"))
    }

    @Test("TEDI_STATE names a stack as --state does: it does not lead to a stranger's coordinator")
    func noStackInVariable() async {
        let result = await tedi("batch", "ls", environment: ["TEDI_STATE": "/nonexistent/y"])
        #expect(result.status == 5)
        #expect(result.errors.contains("no private stack has been started in /nonexistent/y"))
    }

    @Test("Stopping what does not run is no mistake")
    func downWithoutStack() async {
        let result = await tedi("down", "--state", "/nonexistent/x")
        #expect(result.status == 0)
    }

    // MARK: submit

    @Test("A dry run checks and counts, and needs no coordinator")
    func dryRun() async throws {
        let scratch = try Scratch()
        let file = try scratch.file("faces.txt", "a man\na woman\n")
        let result = await tedi("submit", file, "--samples", "4", "--dry-run", "--api", Self.nobody)
        #expect(result.status == 0)
        #expect(result.output.contains("2 captions x 4 = 8 images"))
        #expect(result.errors.contains("no estimate of the time: no coordinator answers"))
        let json = await tedi(
            "submit", file, "--samples", "4", "--dry-run", "--output", "jsonl", "--api", Self.nobody)
        #expect(json.output == #"{"captions":2,"images":8,"samples":4}"# + "\n")
    }

    @Test("A wrong file is refused before anyone is asked, with file, line and exit status 2")
    func badFile() async throws {
        let scratch = try Scratch()
        let file = try scratch.file("faces.jsonl", #"{"caption": "a"}"# + "\n" + #"{"caption": "#)
        let result = await tedi("submit", file, "--api", Self.nobody)
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("nothing was submitted: 1 line is wrong"))
        #expect(result.errors.contains("\(file):2: "))
    }

    @Test(
        "Values out of range are refused with their flag",
        arguments: [
            ("--samples", "0"), ("--samples", "1000000000"), ("--priority", "101"), ("--truncation", "99"),
            ("--name", ""), ("--grid", "truncation=9"), ("--grid", "seeds=100,truncation=0.5:0.7,styles=9"),
        ])
    func badValue(flag: String, value: String) async throws {
        let scratch = try Scratch()
        let file = try scratch.file("faces.txt", "a man\n")
        let result = await tedi("submit", file, flag, value, "--api", Self.nobody)
        #expect(result.status == 2)
        #expect(result.errors.contains(flag))
    }

    @Test("A file that cannot be read is named", arguments: ["/nonexistent/faces.txt", "/tmp"])
    func unreadable(path: String) async {
        let result = await tedi("submit", path, "--api", Self.nobody)
        #expect(result.status == 2)
        #expect(result.errors.contains("cannot read \(path)"))
    }

    @Test("JSON lines under the wrong name are not drawn as captions")
    func disguisedJSON() async throws {
        let scratch = try Scratch()
        let file = try scratch.file("faces.dat", #"{"caption": "a man"}"# + "\n")
        let refused = await tedi("submit", file, "--dry-run", "--api", Self.nobody)
        #expect(refused.status == 2)
        #expect(refused.errors.contains("--format jsonl"))
        #expect(await tedi("submit", file, "--dry-run", "--format", "jsonl", "--api", Self.nobody).status == 0)
        #expect(await tedi("submit", file, "--dry-run", "--format", "txt", "--api", Self.nobody).status == 0)
    }

    @Test("Too many images for one batch are refused")
    func tooMany() async throws {
        let scratch = try Scratch()
        let file = try scratch.file("faces.txt", String(repeating: "a man\n", count: 10_001))
        let result = await tedi("submit", file, "--samples", "1000", "--dry-run")
        #expect(result.status == 2)
        #expect(result.errors.contains("10000000"))
    }

    // MARK: Looks

    @Test("Errors are red on a terminal, and plain for who asks or reads through a pipe")
    func colours() async {
        let red = "\u{1B}[31m"
        #expect(await tedi("batch", "ls", "--state", "/nonexistent", isTerminal: true).errors.contains(red))
        #expect(await !tedi("batch", "ls", "--state", "/nonexistent").errors.contains(red))
        let plain = await tedi(
            "batch", "ls", "--state", "/nonexistent", environment: ["NO_COLOR": "1"], isTerminal: true)
        #expect(!plain.errors.contains(red))
    }
}
