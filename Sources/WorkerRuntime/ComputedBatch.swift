import Jobs

/// A micro-batch as it leaves the model.
struct ComputedBatch: Sendable {
    var jobs: [ClaimedJob]
    /// One for each job.
    var outcomes: [Outcome]
    /// Time of the forward pass, for all of them.
    var modelTime: Duration
}
