import Artifacts
import HTTPTypes
import Hummingbird
import JobAPI
import JobDispatch
import JobStore
import Jobs
import NIOCore
import NIOHTTP1

/// The problems that routes answer with: one function each, so that a code has one title and one status everywhere.
enum Problems {
    static func notFound(_ what: String) -> ProblemDetails {
        ProblemDetails(status: 404, code: .notFound, title: "Not found", detail: what)
    }

    static func badParameter(_ detail: String) -> ProblemDetails {
        ProblemDetails(status: 400, code: .badParameter, title: "A parameter is not valid", detail: detail)
    }

    static func malformedBody(_ detail: String) -> ProblemDetails {
        ProblemDetails(status: 400, code: .malformedBody, title: "The body cannot be read", detail: detail)
    }

    static func badBatch(_ detail: String) -> ProblemDetails {
        ProblemDetails(status: 422, code: .badBatch, title: "The batch cannot be created", detail: detail)
    }

    static func badCron(_ detail: String) -> ProblemDetails {
        ProblemDetails(status: 422, code: .badCron, title: "The cron entry is not valid", detail: detail)
    }

    static func badCronItems(_ errors: [ProblemDetails.ItemError]) -> ProblemDetails {
        let lines = errors.count == 1 ? "1 caption was" : "\(errors.count) captions were"
        let more = errors.count < Limits.maximumItemErrors ? "" : " There may be more: reading stopped there."
        return ProblemDetails(
            status: 422, code: .badItems, title: "Some captions were refused",
            detail: "\(lines) refused and nothing was changed.\(more) Mend them and send the entry again.",
            errors: errors)
    }

    static func bodyTooLarge(limit: Int) -> ProblemDetails {
        ProblemDetails(
            status: 413, code: .bodyTooLarge, title: "The body is too large",
            detail: "The body has more than \(limit) bytes.")
    }

    static func unsupportedMediaType(_ given: String) -> ProblemDetails {
        ProblemDetails(
            status: 415, code: .unsupportedMediaType, title: "The content type is not the one wanted",
            detail: "Items come as \(Routes.itemsContentType), one JSON object a line, not as \(readable(given)).")
    }

    static func badArtifact(_ detail: String) -> ProblemDetails {
        ProblemDetails(status: 422, code: .badArtifact, title: "The artifact is not accepted", detail: detail)
    }

    static func unsupportedEncoding(_ given: String) -> ProblemDetails {
        ProblemDetails(
            status: 415, code: .unsupportedMediaType, title: "The content encoding is not the one wanted",
            detail: "Bodies come as they are, not as \(readable(given)): unpack the body and send it without "
                + "Content-Encoding.")
    }

    static func batchNotOpen(_ batch: Int64, state: BatchStatus) -> ProblemDetails {
        ProblemDetails(
            status: 409, code: .batchNotOpen, title: "The batch is not open",
            detail: "Batch \(batch) is \(state.rawValue); only an open batch can be changed. Create another one.")
    }

    static func malformedRequest() -> ProblemDetails {
        ProblemDetails(
            status: 400, code: .malformedRequest, title: "The request is not HTTP",
            detail: "The bytes are no HTTP/1.1 request, or break its rules. Check the address and the client.")
    }

    static func headersTooLarge() -> ProblemDetails {
        let limits = ConnectionLimits()
        return ProblemDetails(
            status: 431, code: .headersTooLarge, title: "The head of the request is too large",
            detail: "A request line or header field has \(limits.headerFieldBytes) bytes at most, all of them "
                + "\(limits.headerBytes), and there are \(limits.headerFields) fields at most. Send less.")
    }

    static func requestTooSlow() -> ProblemDetails {
        ProblemDetails(
            status: 408, code: .requestTooSlow, title: "The request came too slowly",
            detail: "The coordinator waited in vain for the rest of the request. Send it again in one go; an upload "
                + "goes on where the batch ends.")
    }

    static func tooManyConnections() -> ProblemDetails {
        unavailable("The coordinator has as many connections as it may have.")
    }

    static func unavailable(_ what: String) -> ProblemDetails {
        ProblemDetails(
            status: 503, code: .unavailable, title: "The service cannot do this now",
            detail: "\(what) Nothing was lost; try again in a moment.")
    }

    static func internalError() -> ProblemDetails {
        ProblemDetails(
            status: 500, code: .internalError, title: "The coordinator made a mistake",
            detail: "The log of the coordinator says more. Trying again may help.")
    }

    /// Text from outside, fit for a message: short and without control characters.
    static func readable(_ text: String) -> String {
        let plain = text.unicodeScalars.prefix(80).map { $0.properties.generalCategory == .control ? "·" : String($0) }
        return plain.joined() + (text.unicodeScalars.count > 80 ? "…" : "")
    }
}

// MARK: Uploads

extension Problems {
    static func emptyUpload() -> ProblemDetails {
        ProblemDetails(
            status: 422, code: .emptyUpload, title: "The upload is empty",
            detail: "The body has no line. Send at least one, such as {\"caption\": \"a man with a beard\"}.")
    }

    static func badItems(_ errors: [ProblemDetails.ItemError], received: Int?) -> ProblemDetails {
        let lines = errors.count == 1 ? "1 line was" : "\(errors.count) lines were"
        let more = errors.count == Limits.maximumItemErrors ? " There may be more: reading stopped there." : ""
        let next = received.map { $0 == 0 ? "" : " The batch keeps its first \($0) lines: go on from there." }
        return ProblemDetails(
            status: 422, code: .badItems, title: "Some lines were refused",
            detail:
                "\(lines) refused and nothing of the batch runs.\(more) Mend the file and upload again.\(next ?? "")",
            errors: errors)
    }

    static func tooManyItems(limit: Int, samples: Int) -> ProblemDetails {
        let why = samples == 1 ? "" : ", since each line asks for \(samples) images"
        return ProblemDetails(
            status: 413, code: .tooManyItems, title: "The batch is too large",
            detail: "A batch may have \(limit) lines\(why). Split the file into several batches.")
    }

    static func outOfStep(batch: Int64, from: Int, received: Int) -> ProblemDetails {
        ProblemDetails(
            status: 409, code: .outOfStep, title: "The upload starts at the wrong line",
            detail:
                "Batch \(batch) has \(received) lines, the upload starts behind line \(from). Send ?from=\(received).")
    }

    static func bodyInterrupted() -> ProblemDetails {
        ProblemDetails(
            status: 400, code: .uploadInterrupted, title: "The body broke off",
            detail: "The connection ended before the body did. Send it again; an upload goes on where the batch ends.")
    }

    static func uploadInterrupted(received: Int) -> ProblemDetails {
        ProblemDetails(
            status: 400, code: .uploadInterrupted, title: "The upload broke off",
            detail: "The body is shorter than its Content-Length. The batch has \(received) lines: go on from there.")
    }
}

// MARK: Errors from below

extension Problems {
    /// What a route's error becomes; nil where it is a mistake of ours, to be logged and answered with 500.
    static func problem(for error: any Error) -> ProblemDetails? {
        switch error {
        case let problem as ProblemDetails: problem
        case is CancellationError: unavailable("The coordinator is shutting down.")
        case let error as StoreError: problem(for: error)
        case is ConnectionGuard.BodyTooSlow: requestTooSlow()
        case is HTTPParserError: malformedRequest()
        case is IOError, is ChannelError: bodyInterrupted()
        case is NIOTooManyBytesError: bodyTooLarge(limit: Limits.maximumBodyBytes)
        case let error as DispatchError where error.isRetryable: unavailable("Redis is not available.")
        case let error as ArtifactError where error.isInfrastructure:
            unavailable("The artifact store is not available.")
        case let error as HTTPError where error.status == .notFound:
            notFound("There is no such route. The routes are listed in the documentation of the HTTP interface.")
        case let error as HTTPError where error.status == .contentTooLarge:
            bodyTooLarge(limit: Limits.maximumBodyBytes)
        case let error as HTTPError where (400..<500).contains(error.status.code): malformedRequest()
        default: nil
        }
    }
}

extension Problems {
    /// The store writes its messages for the caller wherever the caller can do something about it.
    private static func problem(for error: StoreError) -> ProblemDetails? {
        let detail = sentence(error.message)
        switch error.reason {
        case .unavailable, .cancelled: return unavailable("PostgreSQL is not available.")
        case .idempotencyConflict:
            return ProblemDetails(
                status: 409, code: .idempotencyConflict, title: "The same request is under way", detail: detail)
        case .uniqueKeyTaken:
            return ProblemDetails(
                status: 409, code: .uniqueKeyTaken, title: "Another batch has the unique key", detail: detail)
        case .wrongState:
            return ProblemDetails(
                status: 409, code: .wrongState, title: "The batch is not in a state for this", detail: detail)
        case .quotaExceeded:
            return ProblemDetails(
                status: 429, code: .quotaExceeded, title: "The quota is used up", detail: detail)
        case .notWritable: return unavailable("PostgreSQL takes no writes.")
        case .notFound: return notFound(detail)
        case .unknownModel:
            return ProblemDetails(
                status: 422, code: .unknownModel, title: "No worker has announced the model", detail: detail)
        case .unable:
            return ProblemDetails(
                status: 422, code: .unable, title: "The model cannot do this", detail: detail)
        case .idempotencyMismatch:
            return ProblemDetails(
                status: 422, code: .idempotencyMismatch, title: "The key was used with another body", detail: detail)
        case .outOfStep:
            return ProblemDetails(
                status: 409, code: .outOfStep, title: "The upload starts at the wrong line", detail: detail)
        case .batchNotOpen:
            return ProblemDetails(status: 409, code: .batchNotOpen, title: "The batch is not open", detail: detail)
        case .emptyBatch:
            return ProblemDetails(status: 409, code: .emptyBatch, title: "The batch is empty", detail: detail)
        case .tooManyJobs:
            return ProblemDetails(status: 413, code: .tooManyItems, title: "The batch is too large", detail: detail)
        case .badItems(let lines):
            let errors = lines.prefix(Limits.maximumItemErrors).map { line in
                ProblemDetails.ItemError(
                    line: line.line, code: ProblemCode(rawValue: line.error.code.rawValue), message: line.error.message)
            }
            return badItems(errors, received: nil)
        case .tooManyCronEntries:
            return ProblemDetails(
                status: 409, code: .tooManyCronEntries, title: "There are too many cron entries", detail: detail)
        case .unsupportedServer, .wrongSchema, .staleTerm, .invalidValue, .unexpected: return nil
        }
    }

    private static func sentence(_ message: String) -> String {
        let first = message.prefix(1).uppercased()
        return first + message.dropFirst() + (message.hasSuffix(".") ? "" : ".")
    }
}
