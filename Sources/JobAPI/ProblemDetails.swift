/// The body of every error (RFC 9457, `application/problem+json`).
///
/// Example:
///
///     {"type": "urn:tedi:problem:bad_items", "title": "Some lines were refused", "status": 422,
///      "detail": "1 line was refused. Mend it and send the upload again from line 0.", "instance": "/v1/batches/7/items",
///      "code": "bad_items", "errors": [{"line": 57312, "code": "malformed_json", "message": "…"}]}
public struct ProblemDetails: Error, Hashable, Sendable, Codable {
    /// One refused line of an upload.
    public struct ItemError: Hashable, Sendable, Codable {
        /// Line within the batch, from 1.
        public var line: Int
        /// What is wrong with it.
        public var code: ProblemCode
        /// What is wrong and what to do, for people.
        public var message: String

        /// Names a refused line.
        public init(line: Int, code: ProblemCode, message: String) {
            self.line = line
            self.code = code
            self.message = message
        }
    }

    /// A URN that names the kind of problem; carries the same word as ``code``.
    public var type: String
    /// One constant sentence for the kind of problem.
    public var title: String
    /// The HTTP status.
    public var status: Int
    /// What happened this time and what to do about it.
    public var detail: String
    /// The path of the request, where known.
    public var instance: String?
    /// The stable code to program against.
    public var code: ProblemCode
    /// The refused lines, at most ``Limits/maximumItemErrors``; absent from JSON when there are none.
    public var errors: [ItemError]

    /// Describes a problem.
    public init(
        status: Int, code: ProblemCode, title: String, detail: String, instance: String? = nil, errors: [ItemError] = []
    ) {
        type = "urn:tedi:problem:\(code)"
        self.title = title
        self.status = status
        self.detail = detail
        self.instance = instance
        self.code = code
        self.errors = errors
    }

    private enum CodingKeys: String, CodingKey {
        case type, title, status, detail, instance, code, errors
    }

    /// Reads a problem; a missing `errors` is an empty list.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        type = try values.decode(String.self, forKey: .type)
        title = try values.decode(String.self, forKey: .title)
        status = try values.decode(Int.self, forKey: .status)
        detail = try values.decode(String.self, forKey: .detail)
        instance = try values.decodeIfPresent(String.self, forKey: .instance)
        code = try values.decode(ProblemCode.self, forKey: .code)
        errors = try values.decodeIfPresent([ItemError].self, forKey: .errors) ?? []
    }

    /// Writes a problem, without `errors` when there are none.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(type, forKey: .type)
        try values.encode(title, forKey: .title)
        try values.encode(status, forKey: .status)
        try values.encode(detail, forKey: .detail)
        try values.encodeIfPresent(instance, forKey: .instance)
        try values.encode(code, forKey: .code)
        if !errors.isEmpty { try values.encode(errors, forKey: .errors) }
    }
}
