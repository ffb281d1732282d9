import Client
import Foundation
import JobAPI
import LiveSystems
import TediCommands
import Testing

@Suite("Dead letters on the command line", .timeLimit(.minutes(15)))
struct DeadCommandTests {
    private typealias MoodySystem = LiveSystems.LiveSystem<MoodyModel>

    /// Submits captions that all fail for good.
    private func fail(_ captions: String, name: String, on system: MoodySystem) async throws -> Int64 {
        system.worker.model.refuse(true)
        let scratch = try Scratch()
        let file = try scratch.file("faces.txt", captions)
        let submitted = await system.tedi("submit", file, "--name", name, "--output", "json")
        let batch = try submitted.read(BatchView.self).id
        #expect(await system.tedi("batch", "watch", "\(batch)", "--exit-status").status == 1)
        return batch
    }

    private func letters(on system: MoodySystem) async throws -> [DeadLetterView] {
        let result = await system.tedi("dead", "ls", "--output", "jsonl")
        #expect(result.status == 0, "\(result.errors)")
        return try result.lines(of: DeadLetterView.self)
    }

    @Test("Jobs that failed for good are listed, as a table and as JSON")
    func list() async throws {
        try await MoodySystem.with { system in
            let none = await system.tedi("dead", "ls")
            #expect(none.status == 0 && none.output.isEmpty && none.errors == "no job has failed for good\n")
            let batch = try await fail("a man\na woman\n", name: "faces", on: system)
            let letters = try await self.letters(on: system)
            #expect(letters.map(\.line) == [1, 2])
            #expect(letters.allSatisfy { $0.batch == batch && $0.batchName == "faces" && $0.tenant == "default" })
            #expect(letters.allSatisfy { $0.code == "moody" && $0.message == "not in the mood" && $0.attempts == 1 })
            let json = await system.tedi("dead", "ls", "-o", "json")
            #expect(json.status == 0)
            #expect(try json.read([DeadLetterView].self) == letters)

            let table = await system.tedi("dead", "ls").output.split(separator: "\n")
            try #require(table.count == 3)
            #expect(table[0].contains("JOB") && table[0].contains("TENANT") && table[0].contains("MESSAGE"))
            for (row, letter) in zip(table.dropFirst(), letters) {
                let cells = row.split(separator: " ")
                #expect(cells.first == "\(letter.job)" && cells.contains("moody") && cells.contains("faces"))
                #expect(row.hasSuffix("not in the mood"))
            }
            let first = await system.tedi("dead", "ls", "--limit", "1")
            #expect(first.output.split(separator: "\n").count == 2)
            #expect(first.errors.contains("there are more"))
            let other = await system.tedi("dead", "ls", "--batch", "999")
            #expect(other.status == 0 && other.output.isEmpty)
        }
    }

    @Test("A job that is run again is queued, runs, and is off the list")
    func requeue() async throws {
        try await MoodySystem.with { system in
            let batch = try await fail("a man\na woman\n", name: "faces", on: system)
            let dead = try await letters(on: system)
            let job = try #require(dead.first?.job)
            system.worker.pause(true)
            let requeued = await system.tedi("dead", "requeue", "\(job)")
            #expect(requeued.status == 0, "\(requeued.errors)")
            let again = batch + 1
            #expect(requeued.output == "batch \(again) runs 1 failed images of batch \(batch) again\n")
            #expect(try await letters(on: system).map(\.job) == dead.dropFirst().map(\.job))
            let waiting = try await system.tedi("batch", "show", "\(again)", "-o", "json").read(BatchView.self)
            #expect(waiting.counts == Counts(queued: 1) && waiting.retryOf == batch)

            system.worker.model.refuse(false)
            system.worker.pause(false)
            #expect(await system.tedi("batch", "watch", "\(again)", "--exit-status").status == 0)
            let copies = try await TediClient.connected(to: system.api) { try await $0.jobs(of: again).jobs }
            #expect(copies.map(\.state) == [.succeeded] && copies.first?.request.caption == "a man")
            let original = try await system.tedi("job", "show", "\(job)", "-o", "json").read(JobView.self)
            #expect(original.state == .failed, "what has ended stays as it ended")

            // The other one by its batch, and as JSON.
            let rest = await system.tedi("dead", "requeue", "--batch", "\(batch)", "--code", "moody", "-o", "jsonl")
            #expect(try rest.lines(of: BatchView.self).map(\.retryOf) == [batch])
            #expect(try await letters(on: system).isEmpty)
        }
    }

    @Test("What is struck off stays failed and is not run again")
    func purge() async throws {
        try await MoodySystem.with { system in
            let batch = try await fail("a man\na woman\n", name: "faces", on: system)
            let dead = try await letters(on: system)
            let job = try #require(dead.first?.job)
            let one = await system.tedi("dead", "purge", "\(job)")
            #expect(one.status == 0 && one.output == "1 struck off\n")
            #expect(try await letters(on: system).map(\.job) == dead.dropFirst().map(\.job))
            let show = try await system.tedi("job", "show", "\(job)", "-o", "json").read(JobView.self)
            #expect(show.state == .failed)
            let rest = await system.tedi("dead", "purge", "--all", "-o", "json")
            #expect(try rest.read(PurgeReceipt.self) == PurgeReceipt(purged: 1, more: false))
            #expect(try await letters(on: system).isEmpty)
            let retry = await system.tedi("batch", "retry-failed", "\(batch)")
            #expect(retry.status == 2 && retry.errors.contains("has no failed jobs"), "\(retry.errors)")
        }
    }

    @Test("Of a number that is not on the list it is said that nothing was done")
    func unknown() async throws {
        try await MoodySystem.with { system in
            _ = try await fail("a man\n", name: "faces", on: system)
            let requeued = await system.tedi("dead", "requeue", "999999")
            #expect(requeued.status == 2 && requeued.output.isEmpty)
            #expect(requeued.errors.contains("Job 999999 is not a dead letter; nothing was done"))
            let purged = await system.tedi("dead", "purge", "999999", "999998")
            #expect(purged.status == 2 && purged.output.isEmpty)
            #expect(purged.errors.contains("None of these jobs is a dead letter"))
            let none = await system.tedi("dead", "requeue", "--code", "poison")
            #expect(none.status == 0 && none.output.isEmpty)
            #expect(none.errors == "there is no such dead letter; nothing was done\n")
            #expect(try await letters(on: system).count == 1)
        }
    }
}
