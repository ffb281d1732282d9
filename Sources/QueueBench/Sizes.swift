/// How much is measured.
struct Sizes: Sendable {
    /// Jobs of a drain.
    var jobs: Int
    /// Jobs of a drain of another queue: those are slower, and a rate needs no more.
    var peerJobs: Int { max(5_000, jobs / 4) }
    /// Rows of a submission.
    var rows: Int
    /// Jobs that have ended before the drain of ``DeepBacklog``.
    var finished: Int
    /// Jobs that wait in ``DeepBacklog`` and for the memory of Redis.
    var queued: Int
    /// Single jobs for the pickup latency.
    var singles: Int
    /// How long ``HeldSnapshot`` goes on.
    var held: Duration

    static func full(jobs: Int?) -> Sizes {
        Sizes(
            jobs: jobs ?? 100_000, rows: 200_000, finished: 10_000_000, queued: 1_000_000, singles: 500,
            held: .seconds(600))
    }

    static func quick(jobs: Int?) -> Sizes {
        Sizes(
            jobs: jobs ?? 20_000, rows: 50_000, finished: 100_000, queued: 50_000, singles: 100,
            held: .zero)
    }
}
