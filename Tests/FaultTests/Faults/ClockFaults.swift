import Foundation
import Testing

extension FaultSuite {
    @Suite("Clocks", .serialized)
    struct ClockFaults {
        static let library = [
            "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1",
        ]
        .first { FileManager.default.fileExists(atPath: $0) }

        @Test(
            "10: the clock of a worker is off by an hour", .timeLimit(.minutes(3)),
            .enabled(if: library != nil, "libfaketime is not installed: apt-get install libfaketime"),
            arguments: ["-3600", "+3600"])
        func wrongClock(_ offset: String) async throws {
            try await FaultWorld.with(.init(workers: 1)) { world in
                try await world.startWorker(
                    environment: ["LD_PRELOAD": try #require(Self.library), "FAKETIME": offset])
                try await world.submit(Array(repeating: "ms=20", count: 300))
                try await world.settle()
                #expect(try await world.count(ended: 1) == 300)
                #expect(try await world.number("SELECT count(*) FROM job_done WHERE crashes > 0") == 0)
            }
        }
    }
}
