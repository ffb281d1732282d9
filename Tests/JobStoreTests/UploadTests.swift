import Jobs
import Postgres
import Testing

@testable import JobStore

@Suite("Uploads") struct UploadTests {
    private func open(_ fixture: StoreFixture, samples: Int = 1) async throws -> BatchID {
        try await fixture.store.createBatch(
            try BatchSpecification(name: "upload", model: "demo", samples: samples, seed: 40)
        ).batch.id
    }

    @Test func makesOneJobForEachLineAndSample() async throws {
        try await StoreFixture.with { fixture in
            let id = try await open(fixture, samples: 3)
            let items = [
                try CaptionItem(caption: "tab\t, \"quotes\", \\ and é😀", customID: "a\tb"),
                try CaptionItem(caption: "seeded", seed: 7),
            ]
            #expect(try await fixture.store.append(items, to: id, from: 0) == 2)
            let jobs = try await fixture.store.jobs(of: id, limit: 100).elements
            #expect(jobs.map(\.line) == [0, 0, 0, 1, 1, 1])
            #expect(jobs.map(\.sample) == [0, 1, 2, 0, 1, 2])
            #expect(jobs.map(\.customID) == ["a\tb", "a\tb", "a\tb", nil, nil, nil])
            #expect(zip(jobs, jobs.dropFirst()).allSatisfy { $0.id.rawValue + 1 == $1.id.rawValue })
            let requests = try jobs.map { try JobRequest(decoding: $0.payload) }
            #expect(requests.map(\.seed) == [40, 40, 40, 7, 7, 7])
            #expect(requests[0].caption == items[0].caption)
            #expect(requests[0].model == StoreFixture.digest)
            // Byte for byte, whatever PostgreSQL thinks of the text.
            #expect(jobs[1].payload == requests[1].encoded())
            #expect(jobs.allSatisfy { $0.state == .queued && $0.attempts == 0 })
            try await fixture.audit()
        }
    }

    @Test func takesLinesAgainWithoutDoublingThem() async throws {
        try await StoreFixture.with { fixture in
            let id = try await open(fixture, samples: 2)
            let items = try StoreFixture.items(30)
            #expect(try await fixture.store.append(Array(items[..<10]), to: id, from: 0) == 10)
            #expect(try await fixture.store.append(Array(items[..<10]), to: id, from: 0) == 10)
            #expect(try await fixture.store.append(Array(items[5..<20]), to: id, from: 5) == 20)
            #expect(try await fixture.store.append(Array(items[2..<7]), to: id, from: 2) == 20)
            #expect(try await fixture.store.append([], to: id, from: 20) == 20)
            let gap = await reason { _ = try await fixture.store.append(Array(items[21...]), to: id, from: 21) }
            #expect(gap == .outOfStep(received: 20))
            #expect(try await fixture.store.append(items, to: id, from: 0) == 30)
            let jobs = try await fixture.store.jobs(of: id, limit: 100).elements
            #expect(
                try jobs.map { try JobRequest(decoding: $0.payload).caption }
                    == items.flatMap { [$0.caption, $0.caption] })
            try await fixture.audit()
        }
    }

    @Test func keepsLinesInOrderWhileOthersUpload() async throws {
        try await StoreFixture.with { fixture in
            let ids = [try await open(fixture), try await open(fixture), try await open(fixture)]
            try await withThrowingTaskGroup { group in
                for id in ids {
                    group.addTask {
                        for line in stride(from: 0, to: 120, by: 20) {
                            _ = try await fixture.store.append(
                                try StoreFixture.items(20, from: line), to: id, from: line)
                        }
                    }
                }
                try await group.waitForAll()
            }
            for id in ids {
                let jobs = try await fixture.store.jobs(of: id, limit: 1_000).elements
                #expect(jobs.map(\.line) == Array(0..<120))
                let batch = try await fixture.store.seal(id)
                #expect(try await fixture.store.batch(id).items == 120)
                #expect(batch.counts == BatchCounts(queued: 120))
            }
            let lane = try await fixture.store.batch(ids[0]).lane
            let jobs = try await fixture.store.dispatch(lane: lane, limit: 1_000, term: fixture.term)
            #expect(Set(jobs.map(\.lease.job)).count == 360)
            try await fixture.audit()
        }
    }

    @Test func onlyOneOfTwoUploadersOfABatchAddsALine() async throws {
        try await StoreFixture.with { fixture in
            let id = try await open(fixture)
            let items = try StoreFixture.items(100)
            try await withThrowingTaskGroup { group in
                for _ in 0..<4 { group.addTask { try await fixture.store.append(items, to: id, from: 0) } }
                for try await received in group { #expect(received == 100) }
            }
            #expect(try await fixture.store.jobs(of: id, limit: 1_000).elements.count == 100)
            try await fixture.audit()
        }
    }

    @Test func cutsLongUploadsIntoTransactions() async throws {
        try await StoreFixture.with { fixture in
            let id = try await open(fixture, samples: 3)
            #expect(try await fixture.store.append(try StoreFixture.items(7_000), to: id, from: 0) == 7_000)
            let batch = try await fixture.store.seal(id)
            #expect(batch.counts == BatchCounts(queued: 21_000))
            let blocks = try await fixture.pool.query("SELECT count(*), sum(count)::bigint FROM batch_block")
            #expect(try blocks[0].int(0) == 1, "one uploader alone gets one block")
            #expect(try blocks[0].int(1) == 21_000)
            try await fixture.audit()
        }
    }

    @Test func namesBothLinesOfACustomIDGivenTwice() async throws {
        try await StoreFixture.with { fixture in
            let id = try await open(fixture, samples: 2)
            func item(_ customID: String?) throws -> CaptionItem { try CaptionItem(caption: "x", customID: customID) }
            _ = try await fixture.store.append([try item("a"), try item(nil), try item("b")], to: id, from: 0)
            let again = [try item("c"), try item("b"), try item(nil), try item("c"), try item("a")]
            let refusal = await reason { _ = try await fixture.store.append(again, to: id, from: 3) }
            guard case .badItems(let errors) = refusal else {
                Issue.record("not refused: \(String(describing: refusal))")
                return
            }
            #expect(errors.map(\.line) == [5, 7, 8])
            #expect(errors.allSatisfy { $0.error.code == .duplicateCustomID })
            #expect(errors.map(\.error.message).map { $0.contains("line 3") } == [true, false, false])
            #expect(errors[1].error.message.contains("“c” is already on line 4"))
            #expect(errors[2].error.message.contains("line 1"))
            // Nothing of the refused lines is there, and the upload can go on without the mistake.
            #expect(try await fixture.store.batch(id).items == 3)
            #expect(try await fixture.store.append([try item("c"), try item("d")], to: id, from: 3) == 5)
            // Another batch has names of its own.
            #expect(try await fixture.store.append([try item("a")], to: try await open(fixture), from: 0) == 1)
            try await fixture.audit()
        }
    }

    @Test func refusesWhatDoesNotFit() async throws {
        try await StoreFixture.with { fixture in
            let id = try await open(fixture, samples: 1_000)
            _ = try await fixture.store.append(try StoreFixture.items(1), to: id, from: 0)
            try await fixture.pool.query("UPDATE batch SET items = 9999 WHERE id = $1", [.int8(id.rawValue)])
            #expect(try await fixture.store.append(try StoreFixture.items(1), to: id, from: 9_999) == 10_000)
            let over = await reason {
                _ = try await fixture.store.append(try StoreFixture.items(1), to: id, from: 10_000)
            }
            #expect(over == .tooManyJobs)
            let missing = await reason { _ = try await fixture.store.append([], to: BatchID(4_711), from: 0) }
            #expect(missing == .notFound)
        }
    }
}
