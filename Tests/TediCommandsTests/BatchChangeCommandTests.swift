import Foundation
import JobAPI
import LiveSystems
import TediCommands
import Testing

@Suite("Changes of a batch on the command line", .timeLimit(.minutes(15)))
struct BatchChangeCommandTests {
    private func submit(_ lines: Int, to system: LiveSystem) async throws -> BatchView {
        let scratch = try Scratch()
        let file = try scratch.file("faces.txt", String(repeating: "a man\n", count: lines))
        return try await system.tedi("submit", file, "--output", "json").read(BatchView.self)
    }

    private func show(_ batch: Int64, on system: LiveSystem) async throws -> BatchView {
        try await system.tedi("batch", "show", "\(batch)", "--output", "json").read(BatchView.self)
    }

    /// Submits another batch and waits until it is done, so that the worker has been past whatever lay before it.
    private func passBy(_ system: LiveSystem) async throws {
        let batch = try await submit(1, to: system)
        #expect(await system.tedi("batch", "watch", "\(batch.id)", "--exit-status").status == 0)
    }

    private struct System: Decodable { let status: StatusView }

    @Test("A paused batch is left lying until it is resumed")
    func pause() async throws {
        try await LiveSystem.with { system in
            system.worker.pause(true)
            let (other, batch) = (try await submit(1, to: system), try await submit(3, to: system))
            try await until("all of them wait in Redis") {
                try await system.tedi("status", "--output", "json").read(System.self).status.window == 4
            }
            let paused = await system.tedi("batch", "pause", "\(batch.id)")
            #expect(paused.status == 0, "\(paused.errors)")
            let hint = "resume it with: tedi batch resume \(batch.id)\n"
            #expect(paused.output == "batch \(batch.id) is paused with 3 images to go; " + hint)
            let view = try await show(batch.id, on: system)
            #expect(view.paused && view.waiting?.code == .paused)
            // What waits in Redis is fetched back before jobs are called off: when that is done, so is this.
            #expect(await system.tedi("batch", "cancel", "\(other.id)").status == 0)
            try await until("the other one is called off") {
                try await show(other.id, on: system).state == .cancelled
            }
            system.worker.pause(false)
            try await passBy(system)
            #expect(try await show(batch.id, on: system).counts == Counts(queued: 3))

            let resumed = await system.tedi("batch", "resume", "\(batch.id)")
            #expect(resumed.status == 0 && resumed.output == "batch \(batch.id) goes on with 3 images\n")
            #expect(await system.tedi("batch", "watch", "\(batch.id)", "--exit-status").status == 0)
            let done = try await show(batch.id, on: system)
            #expect(!done.paused && done.counts == Counts(succeeded: 3))
        }
    }

    @Test("A batch that is called off ends, and nothing changes it any more")
    func cancel() async throws {
        try await LiveSystem.with { system in
            system.worker.pause(true)
            let batch = try await submit(3, to: system)
            let cancelled = await system.tedi("batch", "cancel", "\(batch.id)")
            #expect(cancelled.status == 0, "\(cancelled.errors)")
            #expect(cancelled.output.hasPrefix("batch \(batch.id) is cancel"))
            #expect(cancelled.output.hasSuffix(": 0 of 3 images were made\n"))
            try await until("it is called off") { try await show(batch.id, on: system).state == .cancelled }
            system.worker.pause(false)
            try await passBy(system)
            let over = try await show(batch.id, on: system)
            #expect(over.counts == Counts(cancelled: 3) && over.endedBecause == "cancelled")

            let again = await system.tedi("batch", "cancel", "\(batch.id)")
            #expect(again.status == 0)
            #expect(again.output == "batch \(batch.id) is cancelled: 0 of 3 images were made\n")
            for change in [["pause", "\(batch.id)"], ["resume", "\(batch.id)"], ["priority", "\(batch.id)", "5"]] {
                let refused = await tedi(["batch"] + change + ["--api", system.api])
                #expect(refused.status == 2, "\(change)")
                #expect(refused.errors.contains("it cannot be changed any more"), "\(refused.errors)")
            }
            // One that had ended stays as it was.
            let done = try await submit(1, to: system)
            #expect(await system.tedi("batch", "watch", "\(done.id)", "--exit-status").status == 0)
            let late = await system.tedi("batch", "cancel", "\(done.id)")
            #expect(late.status == 0 && late.output == "batch \(done.id) was finished already\n")
            #expect(try await show(done.id, on: system).counts == Counts(succeeded: 1))
        }
    }

    @Test("A priority is given within its range, also a negative one")
    func priority() async throws {
        try await LiveSystem.with { system in
            system.worker.pause(true)
            let batch = try await submit(1, to: system)
            let high = await system.tedi("batch", "priority", "\(batch.id)", "50")
            #expect(high.status == 0 && high.output == "batch \(batch.id) has the priority 50\n", "\(high.errors)")
            #expect(try await show(batch.id, on: system).priority == 50)
            let low = await tedi(["batch", "priority", "--api", system.api, "\(batch.id)", "--", "-10"])
            #expect(low.status == 0 && low.output == "batch \(batch.id) has the priority -10\n", "\(low.errors)")
            let large = await system.tedi("batch", "priority", "\(batch.id)", "101")
            #expect(large.status == 2 && large.errors.contains("from -100 to 100"), "\(large.errors)")
            #expect(try await show(batch.id, on: system).priority == -10)
        }
    }

    @Test("What failed is run again in a new batch, once")
    func retryFailed() async throws {
        try await LiveSystems.LiveSystem<MoodyModel>.with { system in
            system.worker.model.refuse(true)
            let scratch = try Scratch()
            let file = try scratch.file("faces.txt", "a man\na woman\n")
            #expect(await system.tedi("submit", file, "--seed", "40", "--wait").status == 1)
            system.worker.model.refuse(false)
            let retried = await system.tedi("batch", "retry-failed", "1")
            #expect(retried.status == 0, "\(retried.errors)")
            let hint = "follow it with: tedi batch watch 2\n"
            #expect(retried.output == "batch 2 runs 2 failed images of batch 1 again; " + hint)
            #expect(await system.tedi("batch", "watch", "2", "--exit-status").status == 0)
            let view = try await system.tedi("batch", "show", "2", "-o", "json").read(BatchView.self)
            #expect(view.retryOf == 1 && view.seed == 40 && view.counts == Counts(succeeded: 2))
            let old = try await system.tedi("batch", "show", "1", "-o", "json").read(BatchView.self)
            #expect(old.counts == Counts(failed: 2) && old.state == .finished)
            let twice = await system.tedi("batch", "retry-failed", "1")
            #expect(twice.status == 2 && twice.output.isEmpty)
            #expect(twice.errors.contains("run again already"), "\(twice.errors)")
        }
    }

    @Test("A batch that is not there is exit status 2, and is told by its number")
    func unknown() async throws {
        try await LiveSystem.with { system in
            for change in [
                ["pause", "999"], ["resume", "999"], ["cancel", "999"], ["retry-failed", "999"],
                ["priority", "999", "5"],
            ] {
                let result = await tedi(["batch"] + change + ["--api", system.api])
                #expect(result.status == 2, "\(change)")
                #expect(result.output.isEmpty)
                #expect(result.errors.contains("There is no batch 999."), "\(result.errors)")
            }
        }
    }
}
