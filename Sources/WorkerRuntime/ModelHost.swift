import Jobs
import Threads

/// What became of one job in a forward pass.
enum Outcome: Sendable {
    case image(GeneratedImage)
    /// The job succeeded and its artifacts are stored.
    case result(JobResult)
    /// A long job made room, or was told to end; how far it came is reported.
    case yielded
    /// The job failed; the others of its group did not suffer.
    case failed(ModelError)
    /// The model could not be run at all: not the job's fault.
    case modelBroken(String)
}

/// Makes one model; called on the thread that the model will live on, again whenever it is to be warm once more.
package typealias ModelFactory = @Sendable () throws -> any ImageModel

/// Owns the models, their tensors and the thread that they live on; nothing else in the process touches them.
///
/// At most ``warm`` models are in memory; one that is asked for and is not takes the place of the one that was not used
/// for longest.
actor ModelHost {
    /// LibTorch computes for seconds at a time; deep networks recurse, hence the large stack.
    private nonisolated let thread: ThreadExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let warm: Int
    private var factories: [String: ModelFactory] = [:]
    /// Models in memory by digest.
    private var models: [String: any ImageModel] = [:]
    /// Digests of those in memory, the one used last at the end.
    private var order: [String] = []

    /// - Parameter warm: Models in memory at most, at least 1.
    init(warm: Int = 1) {
        self.warm = max(1, warm)
        thread = ThreadExecutor(name: "model", stackSize: 8 << 20)
    }

    /// Makes each model once, tests it, and keeps the first ones in memory.
    func load(_ makes: [ModelFactory]) throws -> [ModelIdentity] {
        var identities: [ModelIdentity] = []
        for make in makes {
            let model = try make()
            try model.selfTest()
            identities.append(model.identity)
            factories[model.identity.digest] = make
            if models.count < warm { keep(model) }
        }
        return identities
    }

    /// Runs the known good request of every model in memory.
    func selfTest() throws(ModelError) {
        for digest in order { try models[digest]?.selfTest() }
    }

    /// Releases the models and their tensors, on the thread that made them.
    func unload() {
        models = [:]
        order = []
    }

    /// One forward pass over a micro-batch of one model; more only where one fails.
    func run(_ jobs: [ModelJob]) -> [Outcome] {
        guard let first = jobs.first else { return [] }
        let model: any ImageModel
        do throws(ModelError) {
            model = try self.model(first.request.model)
        } catch {
            return jobs.map { _ in .modelBroken(error.message) }
        }
        var outcomes: [Outcome?] = jobs.map { job in
            model.objection(to: job).map { .failed(.refused($0)) }
        }
        let accepted = jobs.indices.filter { outcomes[$0] == nil }
        for (index, outcome) in zip(accepted, Self.outcomes(of: accepted.map { jobs[$0] }, with: model)) {
            outcomes[index] = outcome
        }
        return outcomes.compactMap(\.self)
    }

    /// Works on long jobs of one model until none is left.
    /// - Returns: How many there were, and why the model can no longer be used where that is so.
    func perform(_ feed: CohortFeed, model digest: String) async -> (count: Int, breakage: String?) {
        let model: any ImageModel
        do throws(ModelError) {
            model = try self.model(digest)
        } catch {
            // Nobody else will take care of those that are begun already.
            return (await LongCohort.refuse(feed, error), error.message)
        }
        let cohort = LongCohort(model, feed: feed)
        await model.perform(cohort)
        await cohort.close()
        return (cohort.count, cohort.breakage)
    }

    // MARK: Models in memory

    /// The model of a digest, made again if it is not in memory.
    private func model(_ digest: String) throws(ModelError) -> any ImageModel {
        if let model = models[digest] {
            order.removeAll { $0 == digest }
            order.append(digest)
            return model
        }
        // A digest that this worker does not have is an objection of whatever model there is.
        guard let make = factories[digest] ?? (factories.count == 1 ? factories.values.first : nil) else {
            throw .failed("the model \(digest) is not one of this worker's")
        }
        if let only = models.values.first, factories.count == 1 { return only }
        while models.count >= warm, let oldest = order.first {
            models[oldest] = nil
            order.removeFirst()
        }
        do {
            let model = try make()
            keep(model)
            return model
        } catch {
            throw (error as? ModelError) ?? .failed("\(error)")
        }
    }

    private func keep(_ model: any ImageModel) {
        models[model.identity.digest] = model
        order.append(model.identity.digest)
    }

    // MARK: Passes

    private static func outcomes(of jobs: [ModelJob], with model: any ImageModel) -> [Outcome] {
        let results = bisecting(jobs[...]) { (group) throws(ModelError) in try run(Array(group), with: model) }
        if results.allSatisfy({ if case .failure(.failed) = $0 { true } else { false } }) {
            // Everything failed: the requests, or the device under all of them? A request known to be good tells.
            do throws(ModelError) {
                if !jobs.isEmpty { try model.selfTest() }
            } catch {
                return jobs.map { _ in .modelBroken(error.message) }
            }
        }
        return results.map { result in
            switch result {
            case .success(.image(let image)): .image(image)
            case .success(.result(let result)): .result(result)
            case .failure(let error): .failed(error)
            }
        }
    }

    private static func run(_ jobs: [ModelJob], with model: any ImageModel) throws(ModelError) -> [ModelOutput] {
        let outputs = try model.run(jobs)
        guard outputs.count == jobs.count else {
            throw .failed("the model gave \(outputs.count) pictures for \(jobs.count) requests")
        }
        return outputs
    }
}
