/// What a worker (or, for a lost lease, the reaper) reports of one execution.
///
/// Facts are delivered at least once; the epoch makes recording them idempotent.
public struct Fact: Hashable, Sendable {
    /// What happened.
    public enum Event: Hashable, Sendable {
        /// The execution is under way; reported by the first beat, so that short jobs do without.
        case started
        /// It has come so far.
        case progress(JobProgress)
        /// It succeeded.
        case done(JobResult)
        /// It failed.
        case failed(JobFailure)
        /// It was given back, to be run not before some time has passed; this burns no attempt.
        case snoozed(Duration)
        /// Its lease ran out: the worker went away, and had begun to compute the job or had it waiting.
        case lost(begun: Bool)
    }

    /// The execution.
    public let lease: Lease
    /// The worker that had it.
    public let worker: WorkerName
    /// What happened.
    public let event: Event

    /// Reports an event.
    public init(lease: Lease, worker: WorkerName, event: Event) {
        self.lease = lease
        self.worker = worker
        self.event = event
    }
}

extension Fact {
    /// Reads `kind job epoch body`, the spelling in Redis; the body may be empty and may hold spaces.
    public init(decoding bytes: [UInt8], from worker: WorkerName) throws(FactError) {
        let words = bytes.split(separator: 0x20, maxSplits: 3, omittingEmptySubsequences: false)
        guard words.count == 4, let job = Self.number(words[1]), let epoch = Self.number(words[2]) else {
            throw FactError(malformed: "kind, job, epoch and body are not all there")
        }
        let event = try Event(kind: String(decoding: words[0], as: UTF8.self), body: words[3])
        self.init(lease: Lease(job: JobID(job), epoch: Epoch(epoch)), worker: worker, event: event)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard (1...19).contains(digits.count) else { return nil }
        return Int64(String(decoding: digits, as: UTF8.self))
    }
}

/// Why the bytes of a fact cannot be read.
public struct FactError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public var description: String

    init(_ description: String) { self.description = description }

    /// Describes a fact whose envelope is wrong.
    public init(malformed what: String) { description = "a fact is malformed: \(what)" }
}

extension Fact.Event {
    /// Most bytes of a body: the frames of the longest way have a digest each.
    public static let maximumBodyBytes = 64 * 1024
    /// Longest time that a job can be put off.
    public static let maximumSnooze = Duration.seconds(7 * 86_400)

    /// The name of the event on the wire.
    public var kind: String {
        switch self {
        case .started: "started"
        case .progress: "progress"
        case .done: "done"
        case .failed: "failed"
        case .snoozed: "snoozed"
        case .lost: "lost"
        }
    }

    /// What the event has to say beside its name, as JSON; empty for those that have nothing.
    public func encodedBody() -> [UInt8] {
        switch self {
        case .started, .lost(begun: false): return []
        case .lost(begun: true): return Array("{\"begun\":1}".utf8)
        case .progress(let progress): return Self.encode(progress)
        case .done(let result): return Self.encode(result)
        case .failed(let failure):
            var writer = JSONWriter(capacity: failure.message.utf8.count + 96)
            writer.raw("{\"code\":")
            writer.string(failure.code)
            writer.raw(",\"message\":")
            writer.string(failure.message)
            writer.raw(",\"retryable\":")
            writer.number(failure.retryable ? 1 : 0)
            if let wait = failure.retryAfter {
                writer.raw(",\"milliseconds\":")
                writer.number(max(0, min(wait, Self.maximumSnooze).milliseconds))
            }
            writer.raw("}")
            return writer.bytes
        case .snoozed(let delay):
            var writer = JSONWriter(capacity: 32)
            writer.raw("{\"milliseconds\":")
            writer.number(max(0, min(delay, Self.maximumSnooze).milliseconds))
            writer.raw("}")
            return writer.bytes
        }
    }

    private static func encode(_ progress: JobProgress) -> [UInt8] {
        var writer = JSONWriter(capacity: 160)
        writer.raw("{\"step\":")
        writer.number(progress.step)
        writer.raw(",\"total\":")
        writer.number(progress.total)
        if let checkpoint = progress.checkpoint {
            writer.raw(",\"checkpoint\":")
            writer.string(checkpoint)
        }
        if let note = progress.note {
            writer.raw(",\"note\":")
            writer.string(note)
        }
        if let preview = progress.preview {
            writer.raw(",\"preview\":")
            writer.string(preview)
        }
        if let curve = progress.curve {
            writer.raw(",\"curve\":")
            writer.string(curve)
        }
        writer.raw("}")
        return writer.bytes
    }

    private static func encode(_ result: JobResult) -> [UInt8] {
        var writer = JSONWriter(capacity: 320)
        writer.raw("{\"image\":")
        writer.string(result.imageDigest)
        writer.raw(",\"bytes\":")
        writer.number(result.bytes)
        writer.raw(",\"width\":")
        writer.number(result.width)
        writer.raw(",\"height\":")
        writer.number(result.height)
        writer.raw(",\"code\":")
        writer.string(result.codeDigest)
        if let manifest = result.manifestDigest {
            writer.raw(",\"manifest\":")
            writer.string(manifest)
        }
        writer.raw(",\"milliseconds\":")
        writer.number(result.milliseconds)
        if !result.details.isEmpty {
            writer.raw(",\"details\":")
            result.details.encode(into: &writer)
        }
        writer.raw("}")
        return writer.bytes
    }

    /// Reads an event, strictly.
    public init(kind: String, body: ArraySlice<UInt8>) throws(FactError) {
        guard body.count <= Self.maximumBodyBytes else {
            throw FactError("a fact has \(body.count) bytes; the limit is \(Self.maximumBodyBytes)")
        }
        switch kind {
        case "started": self = .started
        case "lost": self = .lost(begun: body.isEmpty ? false : try FactFields(body).hasBegun())
        case "progress": self = .progress(try FactFields(body).progress())
        case "done": self = .done(try FactFields(body).result())
        case "failed": self = .failed(try FactFields(body).failure())
        case "snoozed": self = .snoozed(try FactFields(body).delay())
        default: throw FactError("a fact is of the unknown kind “\(ItemError.readable(kind))”")
        }
    }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    var milliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
