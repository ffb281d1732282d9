import JobStore
import Postgres
import Testing

@testable import Coordinator

@Suite("Redis as coordinators see it", .timeLimit(.minutes(15)))
struct SightTests {
    @Test("It is lost after some seconds of looks that fail, and not because nobody looked")
    func sight() {
        let sight = RedisSight()
        let start = ContinuousClock.now
        #expect(!sight.isLost)
        sight.note(answered: false, at: start)
        #expect(!sight.isLost)
        sight.note(answered: true, at: start)
        sight.note(answered: false, at: start - .seconds(6))
        #expect(sight.isLost)
        sight.note(answered: false, at: start)
        #expect(sight.isLost, "it counts from the first")
        sight.note(answered: true, at: start)
        #expect(!sight.isLost)
    }

    @Test("Others count while they say that they reach Redis, and for a moment after")
    func others() async throws {
        try await World.with { world in
            let store = try world.store()
            _ = try await store.migrate()
            #expect(try await !store.doOthersSeeRedis(besides: "a"))
            try await store.announceCoordinator("a", seesRedis: true)
            #expect(try await !store.doOthersSeeRedis(besides: "a"))
            #expect(try await store.doOthersSeeRedis(besides: "b"))
            try await store.announceCoordinator("a", seesRedis: false)
            #expect(try await !store.doOthersSeeRedis(besides: "b"))
            try await store.announceCoordinator("a", seesRedis: true)
            _ = try await store.pool.query("UPDATE coordinator SET seen_at = seen_at - interval '10s'")
            #expect(try await !store.doOthersSeeRedis(besides: "b"))
            _ = try await store.pool.query("UPDATE coordinator SET seen_at = seen_at - interval '2d'")
            try await store.announceCoordinator("b", seesRedis: true)
            #expect(try await store.pool.query("SELECT name FROM coordinator").map { try $0.string(0) } == ["b"])
        }
    }
}
