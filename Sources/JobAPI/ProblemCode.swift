/// A stable, machine-readable name of what went wrong; new ones may come, none changes its meaning.
///
/// Example: `if problem.code == .unknownModel { print("see: tedi status") }`
public struct ProblemCode: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
    /// The code as it stands in JSON.
    public let rawValue: String

    /// Wraps a code, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The code as it stands in JSON.
    public var description: String { rawValue }
}

extension ProblemCode {
    // MARK: The request as a whole

    /// The body is not JSON, or lacks a field, or has one too many.
    public static let malformedBody = ProblemCode(rawValue: "malformed_body")
    /// A parameter of the path or query is not what it has to be.
    public static let badParameter = ProblemCode(rawValue: "bad_parameter")
    /// A field of a batch has a value outside its range.
    public static let badBatch = ProblemCode(rawValue: "bad_batch")
    /// A field of a cron entry is not what it has to be; the detail names the field.
    public static let badCron = ProblemCode(rawValue: "bad_cron")
    /// There are as many cron entries as there may be.
    public static let tooManyCronEntries = ProblemCode(rawValue: "too_many_cron_entries")
    /// No worker has ever announced the model.
    public static let unknownModel = ProblemCode(rawValue: "unknown_model")
    /// The body is longer than its limit.
    public static let bodyTooLarge = ProblemCode(rawValue: "body_too_large")
    /// The bytes are no HTTP request.
    public static let malformedRequest = ProblemCode(rawValue: "malformed_request")
    /// The request line or the header fields are longer than their limits.
    public static let headersTooLarge = ProblemCode(rawValue: "headers_too_large")
    /// The request did not come in time.
    public static let requestTooSlow = ProblemCode(rawValue: "request_too_slow")
    /// The content type, or the content encoding, is not one that the route takes.
    public static let unsupportedMediaType = ProblemCode(rawValue: "unsupported_media_type")
    /// The key was used before with another body.
    public static let idempotencyMismatch = ProblemCode(rawValue: "idempotency_mismatch")
    /// A request with the same key is under way.
    public static let idempotencyConflict = ProblemCode(rawValue: "idempotency_conflict")
    /// Another batch with the unique key is not over.
    public static let uniqueKeyTaken = ProblemCode(rawValue: "unique_key_taken")
    /// The batch is in a state in which this cannot be done.
    public static let wrongState = ProblemCode(rawValue: "wrong_state")
    /// What is meant belongs to several tenants, and nothing says that all of them are meant.
    public static let severalTenants = ProblemCode(rawValue: "several_tenants")
    /// The tenant has as many jobs as it may have.
    public static let quotaExceeded = ProblemCode(rawValue: "quota_exceeded")
    /// The bytes of an artifact are not those that its name says, or of no kind that is taken.
    public static let badArtifact = ProblemCode(rawValue: "bad_artifact")
    /// The model cannot do what a batch, or a line, asks for.
    public static let unable = ProblemCode(rawValue: "unable")
    /// There is no such batch, job, artifact or route.
    public static let notFound = ProblemCode(rawValue: "not_found")

    /// The request has no API key that counts.
    public static let unauthorized = ProblemCode(rawValue: "unauthorized")
    /// The API key lacks the scope that the route asks for.
    public static let denied = ProblemCode(rawValue: "denied")
    /// Where no keys are asked for: a web page of another site asks, or the coordinator is called by a name that it does
    /// not know.
    public static let crossSite = ProblemCode(rawValue: "cross_site")
    /// A key or a tenant cannot be made as was asked.
    public static let badAccess = ProblemCode(rawValue: "bad_access")

    // MARK: Items

    /// At least one line of an upload is refused; `errors` names the lines.
    public static let badItems = ProblemCode(rawValue: "bad_items")
    /// An upload without a single line.
    public static let emptyUpload = ProblemCode(rawValue: "empty_upload")
    /// An upload with more lines than its limit.
    public static let tooManyItems = ProblemCode(rawValue: "too_many_items")
    /// The upload starts at another line than the batch has reached.
    public static let outOfStep = ProblemCode(rawValue: "out_of_step")
    /// The connection ended in the middle of a line.
    public static let uploadInterrupted = ProblemCode(rawValue: "upload_interrupted")
    /// The batch is not open any more.
    public static let batchNotOpen = ProblemCode(rawValue: "batch_not_open")
    /// A batch without items cannot be sealed.
    public static let emptyBatch = ProblemCode(rawValue: "empty_batch")

    // MARK: One line (the `code` within `errors`)

    /// The line has no content.
    public static let blankLine = ProblemCode(rawValue: "blank_line")
    /// The line is longer than ``Limits/maximumLineBytes``.
    public static let lineTooLong = ProblemCode(rawValue: "line_too_long")
    /// The line is not UTF-8.
    public static let invalidUTF8 = ProblemCode(rawValue: "invalid_utf8")
    /// The line is not a JSON object.
    public static let malformedJSON = ProblemCode(rawValue: "malformed_json")
    /// The line has a field that no item has.
    public static let unknownField = ProblemCode(rawValue: "unknown_field")
    /// The line has a field twice.
    public static let duplicateField = ProblemCode(rawValue: "duplicate_field")
    /// The line has no `caption`.
    public static let missingCaption = ProblemCode(rawValue: "missing_caption")
    /// A field of the line has a value outside its range.
    public static let invalidField = ProblemCode(rawValue: "invalid_field")
    /// None of the caption's words is known to the model.
    public static let unknownWords = ProblemCode(rawValue: "unknown_words")
    /// The line lacks something that jobs of its kind work on.
    public static let missingInput = ProblemCode(rawValue: "missing_input")
    /// The line names an artifact, a job or a line that is not there, or not the caller's.
    public static let unknownInput = ProblemCode(rawValue: "unknown_input")
    /// Another line of the batch has the same `custom_id`.
    public static let duplicateCustomID = ProblemCode(rawValue: "duplicate_custom_id")

    // MARK: The service

    /// PostgreSQL, Redis or the artifact folder is out of reach: repeat later.
    public static let unavailable = ProblemCode(rawValue: "unavailable")
    /// A mistake of ours; the log of the coordinator says more.
    public static let internalError = ProblemCode(rawValue: "internal_error")
}
