public import JobAPI

/// Why a request to the coordinator did not give what was asked for.
public enum ClientError: Error, Sendable, Equatable {
    /// Nothing answers at the address, or the connection broke and did not come back in time.
    case unreachable(address: String, reason: String)

    /// The coordinator refused the request and says why.
    case problem(ProblemDetails)

    /// Something answers, but not as a Tedi coordinator does.
    case unexpectedAnswer(address: String, status: Int, detail: String)

    /// The bytes of an artifact do not have the digest that was asked for.
    case corruptArtifact(digest: String)

    /// A file cannot be written.
    case file(path: String, reason: String)

    /// A file that is to be uploaded cannot be read, or is too large.
    case unreadable(path: String, reason: String)

    /// The task was cancelled.
    case cancelled
}

extension ClientError: CustomStringConvertible {
    /// What is wrong and, where there is something, what to do.
    public var description: String {
        switch self {
        case .unreachable(let address, let reason): "no coordinator answers at \(address): \(reason)"
        case .problem(let problem): problem.detail.isEmpty ? problem.title : problem.detail
        case .unexpectedAnswer(let address, let status, let detail):
            "\(address) answers, but not as a Tedi coordinator does (status \(status)): \(detail)"
        case .corruptArtifact(let digest):
            "the artifact \(digest) arrived damaged; ask again, and if that repeats, check the artifact store's disk"
        case .file(let path, let reason): "cannot write \(path): \(reason)"
        case .unreadable(let path, let reason): "cannot upload \(path): \(reason)"
        case .cancelled: "interrupted"
        }
    }
}

extension ClientError {
    /// Whether the same request may succeed a moment later.
    var isPassing: Bool {
        switch self {
        case .unreachable: true
        case .problem(let problem):
            [429, 502, 503, 504].contains(problem.status) || problem.code == .uploadInterrupted
                || problem.code == .idempotencyConflict
        case .unexpectedAnswer(_, let status, _): [502, 503, 504].contains(status)
        case .corruptArtifact, .file, .unreadable, .cancelled: false
        }
    }

    /// The status that was answered, where there was an answer.
    var status: Int? {
        switch self {
        case .problem(let problem): problem.status
        case .unexpectedAnswer(_, let status, _): status
        case .unreachable, .corruptArtifact, .file, .unreadable, .cancelled: nil
        }
    }
}
