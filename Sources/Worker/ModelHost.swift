import Jobs
import Threads

/// What became of one job in a forward pass.
enum Outcome: Sendable {
    case image(GeneratedImage)
    /// The job failed; the others of its group did not suffer.
    case failed(ModelError)
    /// The model could not be run at all: not the job's fault.
    case modelBroken(String)
}

/// Owns the model, its tensors and the thread that they live on; nothing else in the process touches them.
actor ModelHost {
    /// LibTorch computes for seconds at a time; deep networks recurse, hence the large stack.
    private nonisolated let thread: ThreadExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private var model: (any ImageModel)?

    init() {
        thread = ThreadExecutor(name: "model", stackSize: 8 << 20)
    }

    /// Makes the model on its thread.
    func load(_ make: @Sendable () throws -> any ImageModel) throws -> ModelIdentity {
        let model = try make()
        self.model = model
        return model.identity
    }

    /// Runs the known good request.
    func selfTest() throws(ModelError) {
        try loaded().selfTest()
    }

    /// Releases the model and its tensors, on the thread that made them.
    func unload() {
        model = nil
    }

    /// One forward pass over a micro-batch; more only where one fails.
    func run(_ requests: [GenerateRequest]) -> [Outcome] {
        guard let model = try? loaded() else {
            return requests.map { _ in .modelBroken("the model is not loaded") }
        }
        var outcomes: [Outcome?] = requests.map { request in
            model.objection(to: request).map { .failed(.refused($0)) }
        }
        let accepted = requests.indices.filter { outcomes[$0] == nil }
        for (index, outcome) in zip(accepted, Self.outcomes(of: accepted.map { requests[$0] }, with: model)) {
            outcomes[index] = outcome
        }
        return outcomes.compactMap(\.self)
    }

    private static func outcomes(of requests: [GenerateRequest], with model: any ImageModel) -> [Outcome] {
        let results = bisecting(requests[...]) { (group) throws(ModelError) in
            try generate(Array(group), with: model)
        }
        if results.allSatisfy({ if case .failure(.failed) = $0 { true } else { false } }) {
            // Everything failed: the requests, or the device under all of them? A request known to be good tells.
            do throws(ModelError) {
                if !requests.isEmpty { try model.selfTest() }
            } catch {
                return requests.map { _ in .modelBroken(error.message) }
            }
        }
        return results.map { result in
            switch result {
            case .success(let image): .image(image)
            case .failure(let error): .failed(error)
            }
        }
    }

    private func loaded() throws(ModelError) -> any ImageModel {
        guard let model else { throw .failed("the model is not loaded") }
        return model
    }

    private static func generate(
        _ requests: [GenerateRequest], with model: any ImageModel
    ) throws(ModelError) -> [GeneratedImage] {
        let images = try model.generate(requests)
        guard images.count == requests.count else {
            throw .failed("the model gave \(images.count) pictures for \(requests.count) requests")
        }
        return images
    }
}
