/// What came of a job that succeeded; the bytes themselves are in the artifact store.
public struct JobResult: Hashable, Sendable {
    /// SHA-256 of the PNG, 64 lower-case hexadecimal digits; of an evaluation, of its chart.
    public var imageDigest: String
    /// Size of the PNG in bytes.
    public var bytes: Int
    /// Width in pixels.
    public var width: Int
    /// Height in pixels.
    public var height: Int
    /// SHA-256 of the W+ code that the image was synthesised from; of an evaluation, of its report.
    public var codeDigest: String
    /// SHA-256 of the manifest, where one was written.
    public var manifestDigest: String?
    /// Time of the worker for this image.
    public var milliseconds: Int
    /// What else there is: more files, and what was measured.
    public var details: JobDetails

    /// Describes a result.
    public init(
        imageDigest: String, bytes: Int, width: Int, height: Int, codeDigest: String, manifestDigest: String? = nil,
        milliseconds: Int, details: JobDetails = .none
    ) {
        self.details = details
        self.imageDigest = imageDigest
        self.bytes = bytes
        self.width = width
        self.height = height
        self.codeDigest = codeDigest
        self.manifestDigest = manifestDigest
        self.milliseconds = milliseconds
    }
}

/// Why an attempt failed.
public struct JobFailure: Error, Hashable, Sendable {
    /// Most bytes of a message that are kept.
    public static let maximumMessageBytes = 2_000
    /// Most bytes of a code.
    public static let maximumCodeBytes = 64
    /// Code of a job under which too many workers went away.
    public static let poisonCode = "poison"
    /// Code of an attempt that took longer than it may.
    public static let timeoutCode = "timeout"
    /// Code of an attempt that reported no progress for longer than it may.
    public static let stuckCode = "stuck"
    /// Code of a job that its owner called off.
    public static let cancelledCode = "cancelled"
    /// Code of a job that works on what another one makes, which made nothing.
    public static let needsFailedCode = "needs_failed"
    /// Code of a job whose time was over before it began.
    public static let expiredCode = "expired"

    /// A stable, machine-readable name, such as `model_error`.
    public var code: String
    /// What happened, for people.
    public var message: String
    /// Whether another attempt may succeed.
    public var retryable: Bool
    /// Wait before that attempt, where whatever failed has asked for one; the policy decides otherwise.
    public var retryAfter: Duration?

    /// Describes a failure; what is too long is cut.
    public init(code: String, message: String, retryable: Bool, retryAfter: Duration? = nil) {
        self.code = Self.cut(code, to: Self.maximumCodeBytes)
        self.message = Self.cut(message, to: Self.maximumMessageBytes)
        self.retryable = retryable
        self.retryAfter = retryAfter
    }

    /// The longest run of whole characters within `limit` bytes; NUL, which no database text may hold, is left out.
    static func cut(_ text: String, to limit: Int) -> String {
        guard text.utf8.count > limit || text.utf8.contains(0) else { return text }
        var kept = String.UnicodeScalarView()
        var count = 0
        for scalar in text.unicodeScalars where scalar.value != 0 {
            count += UTF8.width(scalar)
            guard count <= limit else { break }
            kept.append(scalar)
        }
        return String(kept)
    }
}
