import JobAPI
import Testing

@Suite("Submissions in one request") struct SubmissionTests {
    @Test("Items in the body make a sealed batch, or none")
    func oneRequest() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let json =
                    #"{"name": "few", "model": "demo", "items": [{"caption": "a man with beard"}, "#
                    + #"{"caption": "a woman", "custom_id": "w"}]}"#
                let key = ["idempotency-key": "k"]
                let made = try await api.post(Routes.batches, json: json, headers: key)
                #expect(made.status == 201)
                let batch = try made.read(BatchView.self)
                #expect(batch.state != .open && batch.items == 2 && batch.counts.total == 2)
                let again = try await api.post(Routes.batches, json: json, headers: key)
                #expect(try again.read(BatchView.self).id == batch.id)
                for (items, status) in [
                    ("[]", 422), (#"[{"caption": ""}]"#, 422), (#"[{"caption": "xyzzy"}]"#, 422),
                    (#"[{"caption": "a man", "colour": 1}]"#, 400),
                ] {
                    let body = #"{"name": "bad", "model": "demo", "items": \#(items)}"#
                    #expect(try await api.post(Routes.batches, json: body).status == status, "\(items)")
                }
                let page = try await api.get(Routes.batches(cursor: nil, limit: nil), as: BatchPage.self)
                #expect(page.batches.map(\.id) == [batch.id])
            }
        }
    }
}
