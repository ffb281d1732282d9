import Client
import Foundation
import JobAPI

/// What a run says to the coordinator.
struct QueueDesk: Sendable {
    let client: TediClient
    /// Tells this run's batches from all others.
    let run: String
    let recipe: String
    let name: String
    let model: String

    // MARK: Inputs

    /// Puts a picture into the store, unless it is there, and names it.
    func upload(_ bytes: [UInt8]) async throws -> String {
        let data = Data(bytes)
        let digest = TediClient.digest(of: data)
        if try await !client.hasArtifact(digest) { try await client.uploadArtifact(data) }
        return digest
    }

    // MARK: Batches

    /// Submits a lot: the same lot gives the same batch, however often it is submitted.
    func submit(_ lot: Lot, as policy: Recipe.Policy, keys: [String], styles: [String]) async throws -> Int64 {
        let items = zip(lot.members, keys).map { member, key in
            item(member, policy, seed: SampleSeed.of(recipe, key: key, try: member.number), styles: styles)
        }
        let body = CreateBatchBody(
            name: String("\(name) \(policy.name) \(lot.number + 1)".prefix(100)), model: model, kind: policy.batchKind,
            options: policy.jobOptions)
        return try await client.submit(body, items: items, idempotencyKey: "augment-\(run)-\(lot.number)").id
    }

    /// Draws the codes of a policy that changes style; another batch after each that has failed.
    func submitStyles(_ policy: Recipe.Policy, count: Int, failures: Int) async throws -> Int64 {
        let items = (0..<count).map { number in
            CronItem(
                seed: SampleSeed.of(recipe, key: "style/\(policy.name)", try: number), inputs: InputsView(noise: true))
        }
        let body = CreateBatchBody(name: String("\(name) \(policy.name) styles".prefix(100)), model: model)
        let key = "augment-\(run)-\(policy.name)-styles" + (failures > 0 ? "-\(failures)" : "")
        return try await client.submit(body, items: items, idempotencyKey: key).id
    }

    private func item(_ member: Lot.Member, _ policy: Recipe.Policy, seed: UInt64, styles: [String]) -> CronItem {
        let input = "sha256:\(member.input)"
        func instructed(_ inputs: InputsView) -> CronItem {
            CronItem(caption: member.instruction, seed: seed, inputs: inputs)
        }
        switch policy.work {
        case .edit, .paraphrase: return instructed(InputsView(photo: input))
        case .style:
            let code = styles[Int(seed % UInt64(max(styles.count, 1)))]
            return CronItem(seed: seed, inputs: InputsView(sources: [input, "sha256:\(code)"]))
        case .resynthesis(let work):
            return switch work.from {
            case .labels: instructed(InputsView(labels: input))
            case .sketch: instructed(InputsView(sketch: input))
            }
        }
    }

    // MARK: Results

    /// Every job of a batch, line after line.
    func jobs(of batch: Int64) async throws -> [JobView] {
        var jobs: [JobView] = []
        var cursor: String?
        repeat {
            let page = try await client.jobs(of: batch, cursor: cursor, limit: Limits.maximumPageSize)
            jobs += page.jobs
            cursor = page.next
        } while cursor != nil
        return jobs
    }
}

extension Recipe.Policy {
    /// The kind of its jobs.
    var batchKind: BatchKind {
        switch work {
        case .edit: .manipulate
        case .style: .mix
        case .resynthesis, .paraphrase: .generate
        }
    }

    /// What its jobs have in common.
    var jobOptions: OptionsBody {
        switch work {
        case .edit(let edit): OptionsBody(strength: edit.strength, steps: edit.steps, scores: true)
        case .style(let style): OptionsBody(layers: style.layers, scores: true)
        case .resynthesis(let work): OptionsBody(layers: work.layers, scores: true)
        case .paraphrase: OptionsBody()
        }
    }
}
