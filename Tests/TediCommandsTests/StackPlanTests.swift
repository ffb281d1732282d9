import Foundation
import LiveSystems
import TediCommands
import Testing

@Suite("What a stack is started with")
struct StackPlanTests {
    private static let manifest = "{\"name\": \"p\", \"files\": []}"

    /// Folders with a pack each: the usual one, that of the last run, and one that is named.
    private static func packs(
        in scratch: borrowing Scratch
    ) throws -> (usual: PackFolder, last: PackFolder, named: PackFolder) {
        for name in ["usual", "last", "named"] { _ = try scratch.file("\(name)/pack.json", manifest) }
        let path = scratch.path
        func pack(_ name: String) throws -> PackFolder { try PackFolder("\(path)/\(name)", source: name) }
        return (try pack("usual"), try pack("last"), try pack("named"))
    }

    private static func numbers(_ plan: StackPlan) -> [Int] {
        [plan.note.workers, plan.note.threads, plan.note.batch]
    }

    private static func note(_ pack: String, api: String = "http://a:1") -> StackNote {
        StackNote(api: api, pack: pack, packDigest: "d", workers: 3, threads: 2, batch: 8)
    }

    @Test("After tedi down the settings of the last run come back, and are told in one line")
    func lastRun() throws {
        let scratch = try Scratch()
        let packs = try Self.packs(in: scratch)
        let plan = try StackPlan(
            StackOptions(), named: nil, last: Self.note(packs.last.path), cores: 8
        ) { () throws(CommandError) in packs.usual }
        #expect(plan.note.pack == packs.last.path)
        #expect(plan.note.packDigest == packs.last.digest)
        // Two threads are what eight cores give three workers: nobody asked for them, so nobody is told.
        #expect(Self.numbers(plan) == [3, 2, 8])
        #expect(plan.remark == "as the last time: --pack \(packs.last.path) --workers 3 --batch 8")
    }

    @Test("Flags come first, then TEDI_PACK, then the last run")
    func order() throws {
        let scratch = try Scratch()
        let packs = try Self.packs(in: scratch)
        let plan = try StackPlan(
            StackOptions(workers: 1, threads: 5, batch: 4), named: packs.named, last: Self.note(packs.last.path),
            cores: 8
        ) { () throws(CommandError) in packs.usual }
        #expect(plan.note.pack == packs.named.path)
        #expect(Self.numbers(plan) == [1, 5, 4])
        #expect(plan.remark == nil)
    }

    @Test("Threads follow the workers unless they were asked for")
    func threads() throws {
        let scratch = try Scratch()
        let packs = try Self.packs(in: scratch)
        func threads(_ noted: Int, workers: Int?) throws -> Int {
            var note = Self.note(packs.usual.path)
            note.threads = noted
            return try StackPlan(StackOptions(workers: workers), named: nil, last: note, cores: 8) {
                () throws(CommandError) in packs.usual
            }.note.threads
        }
        #expect(try threads(2, workers: nil) == 2)
        #expect(try threads(2, workers: 1) == 8)
        #expect(try threads(1, workers: 1) == 1)
    }

    @Test("A pack that is gone gives way to the usual one, and that is told")
    func lostPack() throws {
        let scratch = try Scratch()
        let packs = try Self.packs(in: scratch)
        let plan = try StackPlan(
            StackOptions(), named: nil, last: Self.note(scratch.path + "/gone"), cores: 1
        ) { () throws(CommandError) in packs.usual }
        #expect(plan.note.pack == packs.usual.path)
        #expect(plan.remark?.hasPrefix("the pack of the last run is gone: \(scratch.path)/gone; ") == true)
    }

    @Test("The first run has what is usual, and so has one after a start that came to nothing")
    func usual() throws {
        let scratch = try Scratch()
        let packs = try Self.packs(in: scratch)
        for last in [nil, Self.note(packs.last.path, api: "")] {
            let plan = try StackPlan(StackOptions(), named: nil, last: last, cores: 8) { () throws(CommandError) in
                packs.usual
            }
            #expect(plan.note.pack == packs.usual.path)
            #expect(Self.numbers(plan) == [2, 4, 16])
            #expect(plan.remark == nil)
        }
    }

    @Test("Of what runs only the number of workers may change")
    func running() throws {
        let note = Self.note("/p")
        let plan = try StackPlan(StackOptions(workers: 5), named: nil, running: note)
        #expect(plan.note.workers == 5)
        #expect(plan.note.pack == "/p")
        #expect(throws: CommandError.self) { try StackPlan(StackOptions(batch: 1), named: nil, running: note) }
    }
}

@Suite("Who may change a stack")
struct StackLockTests {
    @Test("One at a time, and whoever waits too long is told")
    func lock() async throws {
        let scratch = try Scratch()
        let folder = StateFolder(scratch.path)
        let first = try await StackLock.take(in: folder)
        let error = await #expect(throws: CommandError.self) {
            try await StackLock.take(in: folder, patience: .milliseconds(100))
        }
        #expect(error?.status == .timeout)
        first.release()
        try await StackLock.take(in: folder, patience: .zero).release()
    }

    @Test("A keeper is one that finds itself noted; a second one is refused while the first lives")
    func keeper() async throws {
        let scratch = try Scratch()
        let folder = StateFolder(scratch.path)
        for part in ["log", "run"] {
            try FileManager.default.createDirectory(
                atPath: "\(scratch.path)/\(part)", withIntermediateDirectories: true)
        }
        let record = KeeperRecord(in: folder)
        #expect(record.holder == nil)
        try record.take()
        #expect(record.isOurs)
        record.remove()
        #expect(!record.isOurs)

        let other = try Daemon.start("keeper", ["/bin/sleep", "600"], environment: [:], in: folder)
        try FileManager.default.moveItem(
            atPath: scratch.path + "/run/keeper.json", toPath: scratch.path + "/keeper.json")
        #expect(record.holder == other)
        let error = #expect(throws: CommandError.self) { try record.take() }
        #expect(error?.lines.first?.contains("process \(other.pid)") == true)
        _ = try await other.stop(patience: .seconds(30))
        try record.take()
        #expect(record.isOurs)
    }
}
