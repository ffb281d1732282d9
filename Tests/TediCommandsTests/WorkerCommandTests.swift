import Foundation
import Images
import JobAPI
import LiveSystems
import TediCommands
import Testing

/// What the commands show and say; that a worker obeys is tested beside a real one, in `CoordinatorTests`.
@Suite("Workers on the command line", .timeLimit(.minutes(15)))
struct WorkerCommandTests {
    private static let name = "painter-1"

    private func shown(_ system: LiveSystem) async throws -> WorkerView {
        try await system.tedi("worker", "show", Self.name, "-o", "json").read(WorkerView.self)
    }

    @Test("Workers are listed and shown with their models and with the jobs that they have")
    func looking() async throws {
        try await LiveSystem.with { system in
            let list = await system.tedi("worker", "ls")
            #expect(list.status == 0, "\(list.errors)")
            let rows = list.output.split(separator: "\n").map { $0.split(separator: " ") }
            try #require(rows.count == 2)
            #expect(rows[0].first == "NAME" && rows[0].contains("MODELS") && rows[0].contains("ORDER"))
            #expect(Array(rows[1].prefix(6)) == ["painter-1", "default", "cpu", "32", "painter", "work"])
            let workers = try await system.tedi("worker", "ls", "-o", "jsonl").lines(of: WorkerView.self)
            #expect(workers.map(\.name) == [Self.name] && workers.map(\.models) == [["painter"]])
            #expect(try await system.tedi("worker", "ls", "-o", "json").read([WorkerView].self).count == 1)

            let idle = await system.tedi("worker", "show", Self.name)
            #expect(idle.status == 0, "\(idle.errors)")
            #expect(idle.value(of: "worker") == Self.name && idle.value(of: "models") == "painter")
            #expect(idle.value(of: "order") == "work" && idle.value(of: "jobs") == "none")
            #expect(idle.value(of: "images of a pass") == "32" && idle.value(of: "host") == "test")

            system.worker.model.hold(true)
            let scratch = try Scratch()
            let photo = try scratch.file("me.png", try PNG.encode(PaintingModel.picture(seed: 5, sample: 0)))
            let submitted = await system.tedi("submit", "--kind", "optimize", "--photo", photo, "-o", "json")
            let batch = try submitted.read(BatchView.self).id
            try await until("the worker has the job") { try await shown(system).jobs?.isEmpty == false }
            let job = try #require(try await shown(system).jobs?.first)
            #expect(await system.tedi("worker", "show", Self.name).value(of: "jobs") == "\(job)")
            system.worker.model.hold(false)
            #expect(await system.tedi("batch", "watch", "\(batch)", "--exit-status").status == 0)
            try await until("the worker has nothing more") { try await shown(system).jobs?.isEmpty == true }
        }
    }

    @Test("An order is noted and said, and a batch that nobody may work on says so")
    func orders() async throws {
        try await LiveSystem.with { system in
            // The stand-in heeds no orders.
            system.worker.pause(true)
            #expect(await system.tedi("submit", "--caption", "a man").status == 0)
            let quiet = await system.tedi("worker", "quiet", Self.name)
            #expect(quiet.status == 0, "\(quiet.errors)")
            #expect(quiet.output == "painter-1 claims nothing more; go on with: tedi worker work painter-1\n")
            #expect(try await shown(system).order == "quiet")
            #expect(await system.tedi("worker", "ls").output.contains("  quiet  "))
            let batch = try await system.tedi("batch", "show", "1", "-o", "json").read(BatchView.self)
            #expect(batch.waiting?.code == .unschedulable)
            #expect(batch.waiting?.message.contains("told to drain or to be quiet") == true)

            let work = await system.tedi("worker", "work", Self.name)
            #expect(work.status == 0 && work.output == "painter-1 works\n")
            #expect(try await shown(system).order == "work")
            let after = try await system.tedi("batch", "show", "1", "-o", "json").read(BatchView.self)
            #expect(after.waiting == nil)
            system.worker.pause(false)
            #expect(await system.tedi("batch", "watch", "1", "--exit-status").status == 0)

            let drain = await system.tedi("worker", "drain", Self.name)
            #expect(drain.status == 0)
            #expect(drain.output == "painter-1 drains and ends; it hears of it within three seconds\n")
            let again = await system.tedi("worker", "drain", Self.name, "-o", "json")
            #expect(again.status == 0)
            #expect(try again.read(WorkerView.self).order == "drain")
        }
    }

    @Test("A worker that nobody knows is exit status 2, and is told by its name")
    func unknown() async throws {
        try await LiveSystem.with { system in
            for verb in ["show", "drain", "quiet", "work"] {
                let result = await system.tedi("worker", verb, "nobody")
                #expect(result.status == 2, "\(verb)")
                #expect(result.output.isEmpty)
                #expect(result.errors.contains("There is no worker nobody."), "\(result.errors)")
            }
            let order = try await shown(system).order
            #expect(order == "work")
        }
    }
}
