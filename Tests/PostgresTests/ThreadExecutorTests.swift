import Foundation
import Synchronization
import Testing
import Threads

private final class MeetingPlace: Sendable {
    let arrived = Atomic(0)
}

private actor Pinned {
    let executor = ThreadExecutor(name: "pinned-test")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private(set) var count = 0

    func step() -> String {
        count += 1
        return Thread.current.name ?? ""
    }

    /// Blocks the thread until so many callers have come, or for twenty seconds; true if they have.
    func meet(_ count: Int, at place: MeetingPlace) -> Bool {
        place.arrived.add(1, ordering: .relaxed)
        let deadline = ContinuousClock.now + .seconds(20)
        while place.arrived.load(ordering: .relaxed) < count, ContinuousClock.now < deadline {
            Thread.sleep(forTimeInterval: 0.001)
        }
        return place.arrived.load(ordering: .relaxed) == count
    }
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
        let place = MeetingPlace()
        let met = await withTaskGroup(of: Bool.self) { group in
            for actor in actors { group.addTask { await actor.meet(20, at: place) } }
            return await group.reduce(true) { $0 && $1 }
        }
        // On the threads of the cooperative pool, fewer than twenty, they would never all meet.
        #expect(met)
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
