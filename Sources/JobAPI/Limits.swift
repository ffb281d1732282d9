/// The limits of the HTTP interface, shared by the coordinator that enforces them and by clients that check early.
///
/// Example: a client refuses a caption file of more than ``maximumLinesPerBatch`` lines before it opens a connection.
public enum Limits {
    /// Most bytes of one line of an item upload, its newline not counted.
    public static let maximumLineBytes = 16 * 1024
    /// Most lines of one item upload.
    public static let maximumLinesPerUpload = 1_000_000
    /// Most lines of one batch, over all its uploads.
    public static let maximumLinesPerBatch = 1_000_000
    /// Most jobs of one batch: lines times samples.
    public static let maximumJobsPerBatch = 10_000_000
    /// Most bytes of a JSON body that is not an item upload.
    public static let maximumBodyBytes = 64 * 1024
    /// Most facts, or leases, of one report or beat of a worker.
    public static let maximumFacts = 1_024
    /// Most bytes of what a worker says in one request.
    public static let maximumWorkerBodyBytes = 24 << 20
    /// Most bytes of an artifact that is uploaded.
    public static let maximumArtifactBytes = 32 << 20
    /// Most jobs of one line: samples times the sizes of its grids.
    public static let maximumVariants = 1_000
    /// Most samples of one caption in a batch.
    public static let maximumSamples = 1_000
    /// Most bytes (UTF-8) of a batch name.
    public static let maximumNameBytes = 200
    /// Most bytes of an `Idempotency-Key`.
    public static let maximumIdempotencyKeyBytes = 255
    /// Entries of a page when the request does not say.
    public static let defaultPageSize = 100
    /// Most entries of a page.
    public static let maximumPageSize = 1_000
    /// Most cron entries of a queue.
    public static let maximumCronEntries = 1_000
    /// Most captions of a cron entry.
    public static let maximumCronItems = 1_000
    /// Most bytes of a cron entry's body: 1 MiB of captions, and as much again for how they may be escaped.
    public static let maximumCronBodyBytes = 2 << 20
    /// Most line errors that one ``ProblemDetails`` lists.
    public static let maximumItemErrors = 20
    /// Most items of a batch that is submitted in one request; larger ones are uploaded.
    public static let maximumSubmissionItems = 1_000
    /// Most jobs of such a batch: lines times samples and grids.
    public static let maximumSubmissionJobs = 10_000
    /// Most bytes of such a request.
    public static let maximumSubmissionBytes = 2 << 20
}
