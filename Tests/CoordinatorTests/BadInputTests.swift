import AsyncHTTPClient
import Foundation
import JobAPI
import JobStore
import Jobs
import NIOCore
import Testing

@testable import Coordinator

@Suite("Bad input", .timeLimit(.minutes(15)))
struct BadInputTests {
    @Test("A refused line is named with its number, its code and what to do, and nothing is submitted")
    func lines() async throws {
        let cases: [(line: String, code: ProblemCode, says: String)] = [
            ("{\"caption\": \"a man\"", .malformedJSON, "JSON"),
            ("not json", .malformedJSON, "JSON"),
            ("[]", .malformedJSON, "JSON"),
            ("   ", .blankLine, "blank"),
            ("{\"caption\": \"a man\", \"colour\": 1}", .unknownField, "colour"),
            ("{\"custom_id\": \"x\"}", .missingCaption, "caption"),
            ("{\"caption\": \"\"}", .invalidField, "caption"),
            ("{\"caption\": \"a\\u0000man\"}", .invalidField, "NUL"),
            ("{\"caption\": \"\(String(repeating: "a ", count: 1_001))\"}", .invalidField, "2000"),
            ("{\"caption\": \"\(String(repeating: "a", count: 1 << 20))\"}", .lineTooLong, "16384"),
            ("{\"caption\": \"a man\", \"custom_id\": \"c1\"}", .duplicateCustomID, "line 2"),
            ("{\"caption\": \"a man\", \"seed\": -1}", .invalidField, "seed"),
            ("{\"caption\": \"xylophone quartet\"}", .unknownWords, "beard"),
            ("{\"caption\": \"男の人\"}", .unknownWords, "Latin"),
        ]
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                for (line, code, says) in cases {
                    let batch = try await api.createBatch()
                    let body = API.lines(2) + Array(line.utf8) + Array("\n{\"caption\": \"a woman\"}\n".utf8)
                    let answer = try await api.upload(body, to: batch.id)
                    #expect(answer.status == 422, "\(code)")
                    let problem = try answer.problem
                    #expect(problem.code == .badItems)
                    #expect(problem.errors.map(\.line) == [3], "\(code)")
                    #expect(problem.errors.map(\.code) == [code])
                    #expect(problem.errors[0].message.contains(says), "\(problem.errors[0].message)")
                    let after = try await api.batch(batch.id)
                    #expect(after.items == 0)
                    #expect(after.state == .open)
                }
            }
        }
    }

    @Test("Bytes that are not UTF-8, and a raw NUL, are refused with their line")
    func bytes() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let batch = try await api.createBatch()
                let latin = Array("{\"caption\": \"a man with a ".utf8) + [0xE9] + Array("\"}\n".utf8)
                let invalid = try await api.upload(API.lines(1) + latin, to: batch.id).problem
                #expect(invalid.errors.map(\.line) == [2])
                #expect(invalid.errors.map(\.code) == [.invalidUTF8])
                let raw = Array("{\"caption\": \"a man ".utf8) + [0] + Array("\"}\n".utf8)
                let nul = try await api.upload(API.lines(1) + raw, to: batch.id).problem
                #expect(nul.errors.map(\.line) == [2])
                #expect(nul.code == .badItems)
            }
        }
    }

    @Test("At most twenty errors are listed, in order")
    func many() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let batch = try await api.createBatch()
                let body = Array(String(repeating: "oops\n", count: 5_000).utf8)
                let problem = try await api.upload(body, to: batch.id).problem
                #expect(problem.errors.map(\.line) == Array(1...20))
            }
        }
    }

    @Test("A mistake on line 57,312 of a big upload is found, and the upload goes on after it was mended")
    func bigUpload() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let batch = try await api.createBatch()
                let bad = API.lines(0..<57_311) + Array("{\"caption\": }\n".utf8) + API.lines(57_312..<60_000)
                let answer = try await api.upload(bad, to: batch.id)
                #expect(answer.status == 422)
                let problem = try answer.problem
                #expect(problem.errors.map(\.line) == [57_312])
                #expect(problem.errors.map(\.code) == [.malformedJSON])
                let kept = try await api.batch(batch.id)
                #expect(kept.state == .open)
                #expect(kept.items < 57_312)
                #expect(problem.detail.contains("\(kept.items)"))
                #expect(try await world.store().readyLanes().isEmpty)

                let mended = API.lines(kept.items..<60_000)
                let receipt = try await api.upload(mended, to: batch.id, from: kept.items).read(UploadReceipt.self)
                #expect(receipt.received == 60_000)
                #expect(try await api.batch(batch.id).counts == Counts(queued: 60_000))
            }
        }
    }

    @Test("Uploads continue where they ended: a gap is refused, a repetition changes nothing")
    func resuming() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let batch = try await api.createBatch()
                _ = try await api.upload(API.lines(10), to: batch.id)
                let gap = try await api.upload(API.lines(12..<15), to: batch.id, from: 12)
                #expect(gap.status == 409)
                #expect(try gap.problem.code == .outOfStep)
                #expect(try gap.problem.detail.contains("from=10"))
                let again = try await api.upload(API.lines(12), to: batch.id).read(UploadReceipt.self)
                #expect(again == UploadReceipt(batch: batch.id, accepted: 2, received: 12))
                let taken = try await api.upload(API.lines(3..<4), to: batch.id, from: 12).problem
                #expect(taken.code == .badItems)
                #expect(taken.errors.map(\.code) == [.duplicateCustomID])
                #expect(taken.errors.map(\.line) == [13])
            }
        }
    }

    @Test("A batch that cannot be is refused with the field at fault")
    func batches() async throws {
        let cases: [(json: String, status: Int, code: ProblemCode, says: String)] = [
            (#"{"name": "n", "model": "demo", "samples": 0}"#, 422, .badBatch, "samples"),
            (#"{"name": "n", "model": "demo", "samples": 1000000000}"#, 422, .badBatch, "samples"),
            (#"{"name": "n", "model": "demo", "samples": "4"}"#, 400, .malformedBody, "samples"),
            (#"{"name": "n", "model": "demo", "priority": 101}"#, 422, .badBatch, "priority"),
            (#"{"name": "n", "model": "demo", "truncation": 9}"#, 422, .badBatch, "truncation"),
            (#"{"name": "n", "model": "demo", "sample": 4}"#, 400, .malformedBody, "sample"),
            (#"{"name": "", "model": "demo"}"#, 422, .badBatch, "name"),
            (#"{"model": "demo"}"#, 400, .malformedBody, "name"),
            (#"{"name": "n", "model": "nope"}"#, 422, .unknownModel, "demo"),
            ("{", 400, .malformedBody, "JSON"),
            ("", 400, .malformedBody, "JSON"),
            (#"{"name": "\#(String(repeating: "n", count: 2_200_000))"}"#, 413, .bodyTooLarge, "2097152"),
        ]
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                for (json, status, code, says) in cases {
                    let answer = try await coordinator.api.post(Routes.batches, json: json)
                    #expect(answer.status == status, "\(json.prefix(60))")
                    let problem = try answer.problem
                    #expect(problem.code == code)
                    #expect(problem.detail.contains(says), "\(problem.detail)")
                    #expect(problem.type == "urn:tedi:problem:\(code)")
                }
                let list = try await coordinator.api.get(Routes.batches, as: BatchPage.self)
                #expect(list.batches.isEmpty)
            }
        }
    }

    @Test("Empty uploads, empty batches, wrong types and wrong ids")
    func others() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let batch = try await api.createBatch()
                #expect(try await api.upload([], to: batch.id).problem.code == .emptyUpload)
                let seal = try await api.send("POST", Routes.seal(batch.id))
                #expect(seal.status == 409)
                #expect(try seal.problem.code == .emptyBatch)
                let form = try await api.send(
                    "PUT", Routes.items(of: batch.id), body: .bytes(.init(string: "a=b")),
                    headers: ["content-type": "application/x-www-form-urlencoded"])
                #expect(form.status == 415)
                #expect(try await api.upload(API.lines(1), to: 999_999).status == 404)
                for path in ["/v1/batches/abc", "/v1/batches/0", "/v1/jobs/-1", "/v1/batches/99999999999999999999"] {
                    #expect(try await api.send("GET", path).problem.code == .badParameter)
                }
                _ = try await api.upload(Array(#"{"caption": "a man"}"#.utf8), to: batch.id)
                #expect(try await api.send("POST", Routes.seal(batch.id)).status == 200)
                #expect(try await api.send("POST", Routes.seal(batch.id)).status == 200)
                #expect(try await api.upload(API.lines(1), to: batch.id).problem.code == .batchNotOpen)
                #expect(try await api.send("DELETE", Routes.batch(batch.id)).problem.code == .batchNotOpen)
            }
        }
    }

    @Test("A batch cannot grow beyond its limit of jobs")
    func tooMany() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let batch = try await api.createBatch(samples: 1_000)
                let lines = Array(String(repeating: "oops\n", count: 10_001).utf8)
                // The limit is 10,000 lines of 1,000 samples; bad lines stop the reading first.
                #expect(try await api.upload(lines, to: batch.id).problem.code == .badItems)
                var reader = UploadReader(
                    from: 9_999, maximumLines: 10_000, check: CaptionCheck(model: "demo", words: ["man"]))
                reader.feed(Array("{\"caption\": \"man\"}\n{\"caption\": \"man\"}\n".utf8))
                #expect(reader.isTooLong)
                #expect(reader.items.count == 1)
            }
        }
    }
}
