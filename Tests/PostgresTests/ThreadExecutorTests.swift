import Foundation
import Synchronization
import Testing
import Threads

private actor Pinned {
    let executor = ThreadExecutor(name: "pinned-test")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private(set) var count = 0

    func step() -> String {
        count += 1
        return Thread.current.name ?? ""
    }

    func block() { Thread.sleep(forTimeInterval: 0.2) }
}

private func threadName() -> String { Thread.current.name ?? "" }

@Suite("An executor with a thread of its own")
struct ThreadExecutorTests {
    @Test("Everything isolated to the actor runs on the one named thread, one at a time")
    func confinement() async {
        let actor = Pinned()
        let names = await withTaskGroup(of: String.self) { group in
            for _ in 0..<500 { group.addTask { await actor.step() } }
            return await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(names == ["pinned-test"])
        #expect(await actor.count == 500)
    }

    @Test("A blocked actor blocks nobody else")
    func independence() async {
        let actors = (0..<20).map { _ in Pinned() }
        let elapsed = await ContinuousClock().measure {
            await withTaskGroup(of: Void.self) { group in
                for actor in actors { group.addTask { await actor.block() } }
            }
        }
        // One after the other on two pool threads would take two seconds.
        #expect(elapsed < .seconds(1.5))
    }

    @Test("The thread ends with its actor")
    func end() async throws {
        weak var executor: ThreadExecutor?
        do {
            let actor = Pinned()
            executor = actor.executor
            _ = await actor.step()
        }
        let deadline = ContinuousClock.now + .seconds(5)
        while executor != nil, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(2)) }
        #expect(executor == nil)
    }

    @Test("A task may prefer the executor")
    func preference() async {
        let actor = Pinned()
        let name = await withTaskExecutorPreference(actor.executor) { threadName() }
        #expect(name == "pinned-test")
    }
}
