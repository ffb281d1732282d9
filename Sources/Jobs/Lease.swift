/// The right to execute a job once.
public struct Lease: Hashable, Sendable, CustomStringConvertible {
    /// The job.
    public let job: JobID
    /// The execution of it.
    public let epoch: Epoch

    /// Names one execution of a job.
    public init(job: JobID, epoch: Epoch) {
        self.job = job
        self.epoch = epoch
    }

    /// `job:epoch`, the spelling in Redis.
    public var description: String { "\(job):\(epoch)" }
}

/// The name of a worker process, unique while it lives.
///
/// It ends up in log lines, Redis keys and tables, so it is short and plain: 1 to 128 bytes of printable ASCII, no space.
public struct WorkerName: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The name.
    public let rawValue: String

    /// Checks a name; `nil` when it has a character or a length that no worker name has.
    public init?(rawValue: String) {
        guard (1...128).contains(rawValue.utf8.count), rawValue.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        self.rawValue = rawValue
    }

    /// Makes a valid name of any text: other characters become `-`, and what is too long is cut.
    public init(sanitizing text: String) {
        let plain = text.utf8.prefix(128).map { (0x21...0x7E).contains($0) ? $0 : UInt8(ascii: "-") }
        rawValue = plain.isEmpty ? "-" : String(decoding: plain, as: UTF8.self)
    }

    /// The name.
    public var description: String { rawValue }
    /// Orders by bytes.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
