import Jobs
import Postgres
import Testing

@testable import JobStore

@Suite("What lines may name") struct ReferenceTests {
    private static let digest = String(repeating: "12", count: 32)

    /// The refused lines of an upload, by number and code.
    private static func refusals(_ body: () async throws -> Void) async -> [Int: ItemError.Code] {
        guard case .badItems(let errors) = await reason(body) else { return [:] }
        return Dictionary(errors.map { ($0.line, $0.error.code) }) { first, _ in first }
    }

    @Test("Every line that names what is not there, or not its owner's, is told")
    func unknown() async throws {
        try await StoreFixture.with { fixture in
            let other = try await fixture.tenant()
            let theirs = try await fixture.chain([try StoreFixture.item(nil)], tenant: other)
            let stranger = try await fixture.jobs(of: theirs)[0].id
            let abandoned = try await fixture.open()
            _ = try await fixture.store.append([try StoreFixture.item(nil)], to: abandoned.id, from: 0)
            let given = try await fixture.jobs(of: abandoned)[0].id
            _ = try await fixture.store.abandon(abandoned.id)
            try await fixture.store.own(
                OwnedArtifact(digest: Self.digest, kind: .photo, bytes: 10), by: other)
            let batch = try await fixture.open(samples: 2)
            let names: [InputReference?] = [
                nil, .job(stranger), .job(JobID(99_999_999)), .job(given), .artifact(Self.digest), .line("7"),
                .line("8"), .line("later"), .line("nobody"), .line("0"), .after("1"), .line("1"),
            ]
            let items = try names.map { try StoreFixture.item($0) } + [try StoreFixture.item(nil, named: "later")]
            let refused = await Self.refusals { _ = try await fixture.store.append(items, to: batch.id, from: 0) }
            #expect(Set(refused.keys) == Set(2...11))
            #expect(Set(refused.values) == [.unknownInput])
            #expect(try await fixture.store.batch(batch.id).items == 0)
            // Names count over chunks and uploads, and a name goes before a number.
            _ = try await fixture.store.append(
                [try StoreFixture.item(nil, named: "3"), try StoreFixture.item(nil)], to: batch.id, from: 0)
            _ = try await fixture.store.append(
                [try StoreFixture.item(.line("3")), try StoreFixture.item(.line("2"))], to: batch.id, from: 2)
            let jobs = try await fixture.jobs(of: batch)
            #expect(jobs[4].waitsFor == [jobs[0].id] && jobs[7].waitsFor == [jobs[3].id])
            #expect(try await fixture.store.append([try StoreFixture.item(nil)], to: batch.id, from: 4) == 5)
            try await fixture.audit()
            let late = await Self.refusals {
                _ = try await fixture.store.append([try StoreFixture.item(.line("6"))], to: batch.id, from: 5)
            }
            #expect(late == [6: .unknownInput])
        }
    }

    @Test("Lines name what the batch before has, and nothing else")
    func unknownAfter() async throws {
        try await StoreFixture.with { fixture in
            let before = try await fixture.chain([try StoreFixture.item(nil, named: "x")])
            let batch = try await fixture.open(after: before.id)
            let names: [InputReference] = [.after("x"), .after("1"), .after("2"), .after("y")]
            let refused = await Self.refusals {
                _ = try await fixture.store.append(
                    try names.map { try StoreFixture.item($0) }, to: batch.id, from: 0)
            }
            #expect(refused == [3: .unknownInput, 4: .unknownInput])
        }
    }

    @Test("Jobs that were run again are named by the lines that they had")
    func copies() async throws {
        try await StoreFixture.with { fixture in
            let first = try await fixture.chain([
                try StoreFixture.item(nil, named: "x"), try StoreFixture.item(nil, named: "y"),
            ])
            let leases = try await fixture.dispatch(2, of: first).map(\.lease)
            _ = try await fixture.record(NeedsTests.done(1), of: leases[0])
            _ = try await fixture.record(.failed(RecordingTests.hard), of: leases[1])
            let again = try await fixture.store.retryFailed(of: first.id).batch
            let copy = try await fixture.jobs(of: again)[0].id
            let batch = try await fixture.open(after: again.id)
            let names: [InputReference] = [.after("y"), .after("2"), .after("x"), .after("1")]
            let refused = await Self.refusals {
                _ = try await fixture.store.append(
                    try names.map { try StoreFixture.item($0) }, to: batch.id, from: 0)
            }
            #expect(refused == [3: .unknownInput, 4: .unknownInput])
            _ = try await fixture.store.append(
                try names.prefix(2).map { try StoreFixture.item($0) }, to: batch.id, from: 0)
            #expect(try await fixture.jobs(of: batch).map(\.waitsFor) == [[copy], [copy]])
            try await fixture.audit()
        }
    }

    @Test("Uploaded artifacts are named by their owners, until they give them up")
    func ownership() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let other = try await fixture.tenant()
            let photo = OwnedArtifact(digest: Self.digest, kind: .photo, bytes: 10)
            try await store.own(photo, by: .everybody)
            try await store.own(photo, by: .everybody)
            #expect(try await store.owns(Self.digest, tenant: .everybody))
            #expect(try await !store.owns(Self.digest, tenant: other))
            #expect(try await store.owns(Self.digest, tenant: nil))
            let batch = try await fixture.chain([try StoreFixture.item(.artifact(Self.digest))])
            #expect(!batch.hasNeeds)
            let handed = try await fixture.dispatch(1, of: batch)
            #expect(try NeedsTests.inputs(handed[0]).sketch == .artifact(Self.digest))
            #expect(!handed[0].isReturned)
            #expect(try await store.disown(Self.digest, by: .everybody))
            #expect(try await !store.disown(Self.digest, by: .everybody))
            let refused = await Self.refusals {
                _ = try await fixture.chain([try StoreFixture.item(.artifact(Self.digest))])
            }
            #expect(refused == [1: .unknownInput])

            // What a job has made is its owner's as well, and nobody else's.
            _ = try await fixture.record(NeedsTests.done(77), of: handed[0].lease)
            let made = StoreFixture.result(77).imageDigest
            _ = try await fixture.chain([try StoreFixture.item(.artifact(made))])
            #expect(try await store.owns(made, tenant: .everybody), "found at once the next time")
            let stolen = await Self.refusals {
                _ = try await fixture.chain([try StoreFixture.item(.artifact(made))], tenant: other)
            }
            #expect(stolen == [1: .unknownInput])
            try await fixture.audit()
        }
    }

    @Test func uploadsKeepToTheirQuota() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let tenant = try await store.createTenant("small", limits: TenantLimits(maximumArtifactBytes: 100))
            #expect(tenant.limits.maximumArtifactBytes == 100)
            func artifact(_ digit: String, _ bytes: Int) -> OwnedArtifact {
                OwnedArtifact(digest: String(repeating: digit, count: 64), kind: .code, bytes: bytes)
            }
            try await store.own(artifact("a", 60), by: tenant.id)
            try await store.own(artifact("a", 60), by: tenant.id)
            #expect(await reason { try await store.own(artifact("b", 41), by: tenant.id) } == .quotaExceeded)
            #expect(await reason { try await store.checkRoom(for: artifact("b", 41), of: tenant.id) } == .quotaExceeded)
            try await store.own(artifact("b", 40), by: tenant.id)
            #expect(try await store.tenant(named: "small").artifactBytes == 100)
            _ = try await store.disown(artifact("a", 60).digest, by: tenant.id)
            try await store.own(artifact("c", 60), by: tenant.id)
            let refused = await reason {
                _ = try await store.setLimits(TenantLimits(maximumArtifactBytes: -1), of: "small")
            }
            #expect(refused == .invalidValue)
        }
    }

    @Test("What the model cannot do is refused by the batch, or by the line")
    func abilities() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            func open(_ kind: JobKind, _ options: JobOptions) async -> StoreError.Reason? {
                await reason { _ = try await fixture.open(kind, options: options) }
            }
            #expect(await open(.optimize, JobOptions(losses: [.clip: 1])) == .unable)
            #expect(await open(.mix, JobOptions(layers: [10])) == .unable)
            #expect(await open(.mix, JobOptions(layers: [9])) == nil)
            #expect(await open(.interpolate, .none) == .unknownModel)
            let batch = try await fixture.open(.optimize)
            func item(_ options: JobOptions) throws -> CaptionItem {
                try CaptionItem(caption: "face", options: options, kind: .optimize)
            }
            let refused = await Self.refusals {
                _ = try await store.append(
                    [try item(.none), try item(JobOptions(losses: [.clip: 1])), try item(JobOptions(steps: 5))],
                    to: batch.id, from: 0)
            }
            #expect(refused == [2: .unable])
            // A model that was announced anew can do what it says now.
            var announced = StoreFixture.announcement()
            announced.models[0].abilities = [.words]
            try await store.announce([announced])
            #expect(try await store.model(named: "demo").model.abilities == [.words])
            let sketch = try await fixture.open()
            let late = await Self.refusals {
                _ = try await store.append(
                    [try StoreFixture.item(nil), try CaptionItem(inputs: JobInputs(sketch: .line("1")))],
                    to: sketch.id, from: 0)
            }
            #expect(late == [2: .unable])
        }
    }

    @Test("A line of a grid has a job for each sample, truncation and style")
    func grid() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let specification = try BatchSpecification(
                name: "grid", model: "demo", samples: 2, seed: 5, options: JobOptions(bestOf: 3),
                truncations: [0.5, 0.7], styles: [8, 9, 10])
            let id = try await store.createBatch(specification, idempotencyKey: "k").batch.id
            #expect(try await store.createBatch(specification, idempotencyKey: "k").isReplay)
            _ = try await store.append(try StoreFixture.items(3), to: id, from: 0)
            let batch = try await store.seal(id)
            #expect(batch.specification == specification)
            #expect(batch.counts == BatchCounts(queued: 36))
            let jobs = try await fixture.jobs(of: batch)
            #expect(jobs.map(\.sample) == (0..<3).flatMap { _ in 0..<12 })
            let requests = try jobs.map { try JobRequest(decoding: $0.payload) }
            #expect(requests[0..<12].map(\.sample) == (0..<6).flatMap { _ in [0, 1] })
            #expect(requests[12..<24].map(\.truncation) == (0..<3).flatMap { _ in [0.5, 0.5, 0.7, 0.7] })
            #expect(requests[24..<36].map(\.options.style) == [8, 9, 10].flatMap { Array(repeating: $0, count: 4) })
            #expect(Set(requests.map(\.seed)) == [5, 6, 7])
            #expect(requests.allSatisfy { $0.options.bestOf == 3 })
            try await fixture.audit()
        }
    }

    @Test("What came of a job is kept, with its previews, and is its owner's")
    func details() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let batch = try await fixture.batch(lines: 2)
            let leases = try await fixture.dispatch(2, of: batch).map(\.lease)
            func digest(_ number: Int) -> String { StoreFixture.result(number).imageDigest }
            var result = StoreFixture.result(1)
            result.details = JobDetails(
                outputs: [JobOutput(name: "frame-000.png", digest: digest(50), bytes: 9)],
                scores: [.similarity: 0.5, .drift: 0])
            _ = try await fixture.record(.done(result), of: leases[0])
            _ = try await fixture.record(
                .progress(JobProgress(step: 1, total: 9, preview: digest(60), curve: digest(61))), of: leases[1])
            _ = try await fixture.record(.progress(JobProgress(step: 2, total: 9)), of: leases[1])
            let jobs = try await fixture.jobs(of: batch)
            #expect(jobs[0].result == result)
            #expect(jobs[1].progress == JobProgress(step: 2, total: 9, preview: digest(60), curve: digest(61)))
            let other = try await fixture.tenant()
            for (number, job, isThere) in [(50, 0, true), (60, 1, true), (61, 1, true), (60, 0, false), (62, 1, false)]
            {
                let id = jobs[job].id
                #expect(try await store.hasArtifact(digest(number), job: id, of: .everybody) == isThere, "\(number)")
                #expect(try await !store.hasArtifact(digest(number), job: id, of: other))
            }
        }
    }

    @Test("The rate of the latest jobs of a kind is known, where there were any")
    func rate() async throws {
        try await StoreFixture.with { fixture in
            #expect(try await fixture.store.rate(of: .generate, model: "demo") == nil)
            let batch = try await fixture.batch(lines: 5)
            for job in try await fixture.dispatch(5, of: batch) {
                _ = try await fixture.record(NeedsTests.done(1), of: job.lease)
            }
            for (place, job) in try await fixture.jobs(of: batch).enumerated() {
                try await fixture.pass(
                    "UPDATE job_done SET finished_at = timestamptz '2026-01-01' + interval '0.5 s' * \(place) WHERE id = $1",
                    job.id.rawValue)
            }
            let rate = try await fixture.store.rate(of: .generate, model: "demo")
            #expect(rate == 2)
            #expect(try await fixture.store.rate(of: .mix, model: "demo") == nil)
        }
    }
}
