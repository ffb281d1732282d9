import AsyncHTTPClient
import JobAPI
import NIOCore
import Testing

@testable import Coordinator

/// What is said twice in one object.
///
/// Readers of JSON differ in which of the two they take, so neither is.
@Suite("Keys that are there twice", .timeLimit(.minutes(15)))
struct DuplicateKeyTests {
    @Test("A line that has a field twice is refused with its number and the field")
    func lines() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let batch = try await api.createBatch()
                for (line, field) in [
                    (#"{"caption": "a man", "caption": "a woman"}"#, "caption"),
                    (#"{"caption": "a man", "seed": 1, "seed": 1}"#, "seed"),
                    (#"{"caption": "a man", "c\u0061ption": "a woman"}"#, "caption"),
                ] {
                    let answer = try await api.upload(API.lines(1) + Array(line.utf8), to: batch.id)
                    #expect(answer.status == 422)
                    let problem = try answer.problem
                    #expect(problem.errors.map(\.code) == [.duplicateField] && problem.errors.map(\.line) == [2])
                    #expect(problem.errors.first?.message.contains("“\(field)” is there twice") == true)
                }
                #expect(try await api.batch(batch.id).items == 0)
            }
        }
    }

    @Test("A body that has a field twice, at whatever depth and however it is written, is refused with its name")
    func bodies() async throws {
        let item = #"{"caption": "a man", "caption": "a woman"}"#
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let batch = try await api.createBatch()
                let requests = [
                    ("POST", Routes.batches, #"{"name": "first", "name": "second", "model": "demo"}"#, "name"),
                    ("POST", Routes.batches, #"{"name": "n", "model": "demo", "m\u006fdel": "other"}"#, "model"),
                    ("POST", Routes.batches, #"{"name": "n", "model": "demo", "items": [\#(item)]}"#, "caption"),
                    (
                        "PUT", Routes.cron("n"),
                        #"{"expression": "@daily", "batch": {"name": "n", "model": "demo"}, "items": [\#(item)]}"#,
                        "caption"
                    ),
                    ("POST", Routes.priority(of: batch.id), #"{"priority": 1, "priority": 2}"#, "priority"),
                    ("POST", Routes.purgeDead, #"{"batch": 9, "all": true, "batch": 8}"#, "batch"),
                ]
                for (method, path, json, field) in requests {
                    let answer = try await api.send(
                        method, path, body: .bytes(ByteBuffer(string: json)),
                        headers: ["content-type": "application/json"])
                    #expect(answer.status == 400, "\(json)")
                    let problem = try answer.problem
                    #expect(problem.code == .malformedBody && problem.detail.contains("\"\(field)\" is there twice"))
                }
                #expect(try await api.get(Routes.batches, as: BatchPage.self).batches.map(\.id) == [batch.id])
                // The same name in different objects, and in values, is none.
                let fine = #"{"name": "name", "model": "demo", "items": [{"caption": "a man"}, {"caption": "a man"}]}"#
                #expect(try await api.post(Routes.batches, json: fine).status == 201)
            }
        }
    }

    @Test("Keys are told apart wherever they are")
    func search() {
        #expect(RepeatedKey.first(in: #"{"a": {"a": [1, {"a": "a"}, {"a": "\"a\":"}]}, "b": "a"}"#.utf8) == nil)
        #expect(RepeatedKey.first(in: #"[{"a": 1}, {"b": {"c": 1, "d": "{", "c": 2}}]"#.utf8) == "c")
        #expect(RepeatedKey.first(in: #"{"\u0061\"": 1, "a\"": 2}"#.utf8) == #"a""#)
        for text in ["", "{", #"{"a"#, #"{"a\"#, "]}", "{,}", #"{"a": 1, "a"#] { _ = RepeatedKey.first(in: text.utf8) }
    }
}
