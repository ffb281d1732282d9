package import Client
import JobAPI

/// The model that a run works with, and how fast that is.
extension AugmentationRun {
    /// How long the queue needs for a plan by what was measured lately, each sample made once; nil where it has made
    /// nothing of some kind.
    package func estimate(_ plan: RunPlan, by client: TediClient) async throws -> Double? {
        let model = try choice(among: try await client.models()).name
        var seconds = 0.0
        for entry in plan.entries where entry.samples > 0 {
            guard let policy = recipe.policies.first(where: { $0.name == entry.policy }), policy.needsWorkers else {
                continue
            }
            let body = CreateBatchBody(
                name: policy.name, model: model, kind: policy.batchKind, options: policy.jobOptions)
            guard let rate = try await client.estimate(body, lines: 1).imagesPerSecond, rate > 0 else { return nil }
            seconds += Double(entry.samples) / rate
        }
        return seconds
    }

    func chooseModel(by client: TediClient) async throws {
        let model = try choice(among: try await client.retrying(.brief).models())
        state.model = state.model ?? recipe.model ?? model.name
        state.resolution = model.resolution
        try folder.write(state)
    }

    /// The model that the run works with.
    private func choice(among models: [ModelView]) throws(AugmentationError) -> ModelView {
        let named = state.model ?? recipe.model
        let live = models.filter { $0.workers > 0 }
        let candidates = (live.isEmpty ? models : live).filter {
            named == nil || $0.name == named || $0.digest == named
        }
        guard let model = candidates.first else {
            throw AugmentationError(
                .failed, named.map { "no worker has the model \($0)" } ?? "no worker has announced a model yet",
                remedy: "start one with: tedi up; see what runs with: tedi status")
        }
        guard Set(candidates.map(\.name)).count == 1 else {
            throw AugmentationError(
                .badInput,
                "there is more than one model: \(Set(candidates.map(\.name)).sorted().joined(separator: ", "))",
                remedy: "name one in the recipe with “model:”")
        }
        if let resolution = state.resolution, resolution != model.resolution {
            throw AugmentationError(
                .badInput, "the model \(model.name) makes \(model.resolution) pixels now, and \(resolution) before",
                remedy: "start a worker with the model that the run began with, or choose another folder")
        }
        return model
    }
}
