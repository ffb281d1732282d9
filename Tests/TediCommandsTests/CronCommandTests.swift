import Foundation
import JobAPI
import LiveSystems
import TediCommands
import Testing

@Suite("Cron commands")
struct CronCommandTests {
    private static let nobody = "http://127.0.0.1:1"

    private func add(_ arguments: String...) async throws -> CommandResult {
        let scratch = try Scratch()
        let file = try scratch.file("faces.txt", "a man\na woman\n")
        return await tedi(["cron", "add", "nightly", file, "--api", Self.nobody] + arguments)
    }

    @Test(
        "A wrong command line is exit status 2",
        arguments: [
            ["cron", "show"], ["cron", "show", "Nightly"], ["cron", "rm", "a b"], ["cron", "add", "nightly", "x.txt"],
            ["cron", "add", "nightly", "x.txt", "--at", "@daily", "--missed", "twice"], ["cron", "frobnicate"],
        ])
    func usage(command: [String]) async {
        let result = await tedi(command)
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(!result.errors.isEmpty)
    }

    @Test("Values out of range are refused with their flag before anyone is asked")
    func badValues() async throws {
        for (flag, value) in [
            ("--samples", "0"), ("--samples", "1000000"), ("--priority", "101"), ("--truncation", "9"),
            ("--name", ""), ("--zone", ""), ("--at", "0 25 * * *"), ("--at", "@never"),
        ] {
            let result = try await add(
                flag, value, flag == "--at" ? "--zone" : "--at", flag == "--at" ? "UTC" : "@daily")
            #expect(result.status == 2)
            #expect(result.errors.contains(flag), "\(result.errors)")
            #expect(result.errors.contains("Nothing was added."))
        }
        let hour = try await add("--at", "0 25 * * *")
        #expect(hour.errors.contains("--at: the hour “25” cannot be read: accepted are numbers from 0 to 23"))
        let right = try await add("--at", "0 3 * * MON-FRI", "--model", "m")
        #expect(right.status == 5)
    }

    @Test("A wrong caption file is refused with file and line")
    func badFile() async throws {
        let scratch = try Scratch()
        let file = try scratch.file("faces.jsonl", #"{"caption": "a"}"# + "\n" + #"{"caption": "#)
        let result = await tedi("cron", "add", "nightly", file, "--at", "@daily", "--api", Self.nobody)
        #expect(result.status == 2)
        #expect(result.errors.contains("nothing was added: 1 line is wrong"))
        #expect(result.errors.contains("\(file):2: "))
        let many = try scratch.file("many.txt", String(repeating: "a man\n", count: 1_001))
        let refused = await tedi("cron", "add", "nightly", many, "--at", "@daily", "--api", Self.nobody)
        #expect(refused.status == 2)
        #expect(refused.errors.contains("the captions must be 1 to 1000 captions"))
    }

    @Test("An entry goes from the command line to images and away", .timeLimit(.minutes(15)))
    func wholeWay() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            let file = try scratch.file("rows.csv", "id,text\nr-1,a man with hat\nr-2,a woman\n")
            let empty = await system.tedi("cron", "ls")
            #expect(empty.status == 0 && empty.output.isEmpty && empty.errors.contains("tedi cron add"))
            let added = await system.tedi(
                "cron", "add", "nightly", file, "--column", "text", "--at", "0 3 * * *", "--zone", "Europe/Berlin",
                "--samples", "2", "--seed", "40", "--name", "faces", "--missed", "once")
            #expect(added.status == 0, "\(added.errors)")
            #expect(added.output.hasPrefix("cron entry nightly: 2 captions x 2, next at 20"))
            let view = try WireFormat.decode(
                CronView.self, from: Data(await system.tedi("cron", "show", "nightly", "-o", "json").output.utf8))
            #expect(view.batch == CreateBatchBody(name: "faces", model: "painter", samples: 2, seed: 40))
            #expect(view.items?.map(\.caption) == ["a man with hat", "a woman"])
            #expect(view.missed == .once && !view.fixedSeed)
            let list = await system.tedi("cron", "ls")
            #expect(list.output.contains("nightly  default  0 3 * * *  Europe/Berlin  active"))
            #expect(await system.tedi("cron", "show", "nightly", "--tenant", "default").status == 0)
            let stranger = await system.tedi("cron", "rm", "nightly", "--tenant", "no & such")
            #expect(stranger.status == 2 && stranger.errors.contains("no & such"))
            #expect(await system.tedi("dead", "purge", "--all", "--tenant", "default").output == "0 struck off\n")
            #expect(await system.tedi("cron", "show", "nightly").output.contains("40, goes on with every firing"))

            #expect(await system.tedi("cron", "pause", "nightly").output == "cron entry nightly: paused\n")
            #expect(await system.tedi("cron", "ls").output.contains("paused"))
            let run = await system.tedi("cron", "run", "nightly", "--output", "json")
            let batch = try WireFormat.decode(BatchView.self, from: Data(run.output.utf8))
            #expect(batch.name == "faces" && batch.counts.total == 4)
            #expect(await system.tedi("batch", "watch", "\(batch.id)", "--exit-status").status == 0)
            #expect(await system.tedi("cron", "run", "nightly").output.contains("4 images, model painter"))
            #expect(await system.tedi("cron", "show", "nightly").output.contains("48, goes on with every firing"))
            #expect(await system.tedi("cron", "resume", "nightly").output.contains("resumed, next at 20"))

            let bad = await system.tedi("cron", "add", "n", file, "--column", "text", "--at", "0 0 30 2 *")
            #expect(bad.status == 2 && bad.errors.contains("never comes"))
            let zone = await system.tedi(
                "cron", "add", "n", file, "--column", "text", "--at", "@daily", "--zone", "Europe/Atlantis")
            #expect(zone.status == 2 && zone.errors.contains("Europe/Atlantis"))
            let later = await system.tedi(
                "cron", "add", "n", file, "--column", "text", "--at", "@daily", "--model", "later")
            #expect(later.status == 0 && later.errors.contains("no worker has announced the model later yet"))
            #expect(await system.tedi("cron", "rm", "n").status == 0)
            #expect(await system.tedi("cron", "rm", "nightly").output == "cron entry nightly: removed\n")
            let gone = await system.tedi("cron", "show", "nightly")
            #expect(gone.status == 2 && gone.errors.contains("There is no cron entry “nightly”"))
        }
    }
}
