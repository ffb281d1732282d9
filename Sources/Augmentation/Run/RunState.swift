/// How far a run has come, as far as its shards do not say it themselves: small, and written anew at each step.
package struct RunState: Codable, Sendable, Equatable {
    static let version = 1

    package var version = Self.version
    /// Tells this run from every other; part of the keys of its batches.
    package let id: String
    /// SHA-256 of the recipe.
    package let recipe: String
    /// Paths of the data sets; samples name them by their places.
    package var datasets: [String]
    /// Name of the model, and side of its pictures.
    package var model: String?
    package var resolution: Int?
    /// Shards that there are.
    package var shards = 0
    /// Batches that were begun and whose results are not all here.
    package var lots: [Lot] = []
    /// Number of the next one.
    package var nextLot = 0
    /// Codes that give style, by policy.
    package var styles: [String: [String]] = [:]
    /// How often drawing them came to nothing, by policy; nil where it never did.
    package var styleFailures: [String: Int]?
    /// SHA-256 of the keys that were planned for, so that a plan is made anew only where there are others.
    package var planned: String?
    /// What each plan that balances did, by policy.
    package var plans: [String: [BalancePlan.Row]] = [:]

    package init(id: String, recipe: String, datasets: [String]) {
        self.id = id
        self.recipe = recipe
        self.datasets = datasets
    }
}

/// Samples that are one batch of the queue.
package struct Lot: Codable, Sendable, Equatable {
    /// One try of a sample.
    package struct Member: Codable, Sendable, Equatable {
        package let shard: Int
        package let place: Int
        /// Number of the try, from 0.
        package let number: Int
        /// SHA-256 of the picture that the job works on.
        package let input: String
        /// What the model is asked for, and what will be seen.
        package let instruction: String
        package let caption: String
    }

    package let number: Int
    package let policy: String
    package let members: [Member]
    /// Its batch, once that is known.
    package var batch: Int64?
}
