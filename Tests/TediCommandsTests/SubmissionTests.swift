import Foundation
import JobAPI
import LiveSystems
import Synchronization
import Testing

/// What `tedi submit` makes of answers that are lost or late.
@Suite("Submitting against the odds", .timeLimit(.minutes(15)))
struct SubmissionTests {
    private typealias Reply = ScriptedCoordinator.Reply

    private static let readiness = "GET /readyz"
    private static let create = "POST /v1/batches"
    private static let items = "PUT /v1/batches/7/items?from=0"
    private static let seal = "POST /v1/batches/7/seal"
    private static let abandon = "DELETE /v1/batches/7"
    private static let show = "GET /v1/batches/7"

    /// Submits two captions to a coordinator that takes them and then answers by the script.
    private func submit(
        _ reply: @escaping @Sendable (String) -> ScriptedCoordinator.Reply
    ) async throws -> (result: CommandResult, requests: [String]) {
        let scratch = try Scratch()
        // More than go into one request: these tests are about uploads.
        let lines = (0..<Self.count).map { $0.isMultiple(of: 2) ? "a man\n" : "a woman\n" }
        let file = try scratch.file("faces.txt", lines.joined())
        let coordinator = try ScriptedCoordinator { request in
            switch request {
            case Self.readiness: .answer(503, Data())
            case Self.create: .batch(.open)
            default: reply(request)
            }
        }
        defer { coordinator.close() }
        let result = await tedi("submit", file, "--model", "m", "--api", coordinator.address)
        return (result, coordinator.requests)
    }

    private static let count = Limits.maximumSubmissionItems + 1
    private static let receipt = UploadReceipt(batch: 7, accepted: count, received: count)

    @Test("A coordinator that is restarted before the sealing does not cost the upload")
    func restart() async throws {
        let start = ContinuousClock.now
        let (result, requests) = try await submit { request in
            switch request {
            case Self.items: .json(Self.receipt)
            // Longer than the patience of a single question, which is 2 s.
            case Self.seal: ContinuousClock.now - start < .seconds(4) ? .hangUp : .batch(.sealed)
            default: .hangUp
            }
        }
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("batch 7: 1,001 captions"))
        #expect(requests.filter({ $0 == Self.items }).count == 1)
        #expect(!requests.contains(Self.abandon))
    }

    @Test("A coordinator in trouble gets more time than one that is not there")
    func trouble() async throws {
        let scratch = try Scratch()
        let file = try scratch.file("faces.txt", "a man\n")
        let start = ContinuousClock.now
        let troubled = try ScriptedCoordinator { request in
            switch request {
            // Longer than the patience of a single question, which is 2 s.
            case Self.create where ContinuousClock.now - start < .seconds(5): .problem(503, .unavailable)
            case Self.create: .batch(.sealed)
            default: .answer(503, Data())
            }
        }
        defer { troubled.close() }
        let result = await tedi("submit", file, "--model", "m", "--api", troubled.address)
        #expect(result.status == 0, "\(result.errors)")
        #expect(Set(troubled.requests) == [Self.readiness, Self.create])

        let absent = try ScriptedCoordinator { _ in .hangUp }
        defer { absent.close() }
        let again = ContinuousClock.now
        let refusal = await tedi("submit", file, "--model", "m", "--api", absent.address)
        #expect(refusal.status == 5)
        #expect(refusal.errors.contains("no coordinator answers"))
        #expect(Set(absent.requests) == [Self.readiness])
        #expect(ContinuousClock.now - again < .seconds(15))
    }

    @Test("A lost answer to the sealing is no failure", arguments: [BatchStatus.sealed, .running, .finished])
    func lostAnswer(state: BatchStatus) async throws {
        let (result, requests) = try await submit { request in
            switch request {
            case Self.items: .json(Self.receipt)
            case Self.seal: .problem(500, .internalError)
            case Self.abandon: .problem(409, .batchNotOpen)
            default: .batch(state)
            }
        }
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("batch 7: 1,001 captions"))
        #expect(!result.errors.lowercased().contains("nothing was submitted"))
        #expect(Array(requests.suffix(2)) == [Self.abandon, Self.show])
    }

    @Test("Where nobody knows, nothing is claimed")
    func unknown() async throws {
        let (result, requests) = try await submit { request in
            request == Self.items ? .json(Self.receipt) : .problem(500, .internalError)
        }
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("Batch 7 may have been accepted; look with: tedi batch show 7"))
        #expect(!result.errors.lowercased().contains("nothing was submitted"))
        #expect(Array(requests.suffix(3)) == [Self.seal, Self.abandon, Self.show])
    }

    @Test("A batch that was given up is not submitted, and one that stays open is named")
    func notSubmitted() async throws {
        for (state, isLeft) in [(BatchStatus.abandoned, false), (.open, true)] {
            let (result, _) = try await submit { request in
                switch request {
                case Self.abandon where state == .abandoned: .batch(.abandoned)
                case Self.show: .batch(state)
                default: .problem(500, .internalError)
                }
            }
            #expect(result.status == 1)
            #expect(result.errors.contains("Nothing was submitted."))
            #expect(result.errors.contains("The unfinished batch 7 stays open") == isLeft)
        }
    }

    @Test("Refused lines are told in the command's own words: the batch is not kept")
    func refusedLines() async throws {
        let (result, _) = try await submit { request in
            switch request {
            case Self.items:
                .problem(422, .badItems, errors: [.init(line: 2, code: .unknownWords, message: "no word is known")])
            default: .batch(.abandoned)
            }
        }
        #expect(result.status == 2)
        #expect(result.errors.contains("nothing was submitted: 1 line is wrong; mend the file and submit again"))
        #expect(result.errors.contains("faces.txt:2: no word is known"))
        #expect(!result.errors.contains("go on from there"))
    }
}

/// What `tedi batch watch` and `pull` make of a coordinator that does not answer.
@Suite("Watching against the odds", .timeLimit(.minutes(15)))
struct WatchingTests {
    @Test("A wrong address is told at once", arguments: [["watch", "7"], ["pull", "7", "/nonexistent/faces"]])
    func nobody(command: [String]) async {
        let start = ContinuousClock.now
        let result = await tedi(["batch"] + command + ["--api", "http://127.0.0.1:1"])
        #expect(result.status == 5)
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test("The time-out holds for a coordinator that never answers, and for one that falls silent", arguments: [0, 1])
    func silence(answers: Int) async throws {
        let left = Mutex(answers)
        let coordinator = try ScriptedCoordinator { _ in
            let answersNow = left.withLock { left in
                left -= 1
                return left >= 0
            }
            return answersNow ? .batch(.running, counts: Counts(running: 1, succeeded: 1)) : .silence
        }
        defer { coordinator.close() }
        let start = ContinuousClock.now
        let result = await tedi(
            "batch", "watch", "7", "--timeout", "0.3", "--interval", "0.05", "--api", coordinator.address)
        #expect(result.status == 3)
        #expect(result.errors.contains(answers == 0 ? "within 0.3 s" : "1 of 2 images"))
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test("A coordinator that has answered once may be restarted")
    func restart() async throws {
        let count = Mutex(0)
        let start = ContinuousClock.now
        let coordinator = try ScriptedCoordinator { _ in
            let number = count.withLock { count in
                count += 1
                return count
            }
            if number == 1 { return .batch(.running) }
            return ContinuousClock.now - start < .seconds(4) ? .hangUp : .batch(.finished, counts: Counts(succeeded: 2))
        }
        defer { coordinator.close() }
        let result = await tedi("batch", "watch", "7", "--exit-status", "--api", coordinator.address)
        #expect(result.status == 0, "\(result.errors)")
    }
}
