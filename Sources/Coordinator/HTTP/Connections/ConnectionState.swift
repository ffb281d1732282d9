import NIOCore

/// What a connection is doing, and until when it may: a pure state machine beside the connection.
struct ConnectionState {
    /// Why a connection is closed.
    enum Verdict: Equatable {
        /// It may go on.
        case goOn
        /// The head of the first request did not come in time.
        case slowHead
        /// The body comes too slowly.
        case slowBody
        /// Nothing more is owed to the client: it was answered, or reads nothing.
        case close
    }

    private let limits: ConnectionLimits
    private let opened: NIODeadline
    /// Heads read that have no complete answer yet.
    private(set) var owed = 0
    private var sawHead = false
    /// The pace of the body that is being read.
    private var pace: BodyPace?
    /// An answer went out before the end of its request: when, and how much came since.
    private var lingering: (since: NIODeadline, bytes: Int)?
    /// The last answer of this connection went out.
    private var ended: NIODeadline?
    private var isLastRequest = false
    private var isLastAnswer = false
    private var stalledSince: NIODeadline?

    init(_ limits: ConnectionLimits, at now: NIODeadline) {
        self.limits = limits
        opened = now
    }

    /// Whether the body of a request is being read.
    var isReadingBody: Bool { pace != nil }

    // MARK: What happens

    mutating func readHead(closes: Bool, at now: NIODeadline) {
        sawHead = true
        owed += 1
        isLastRequest = isLastRequest || closes
        pace = BodyPace(patience: limits.patience, bytesPerSecond: limits.bytesPerSecond)
    }

    mutating func readBody(_ bytes: Int, at now: NIODeadline) {
        pace?.receive(bytes, at: now)
        lingering?.bytes += bytes
    }

    mutating func readEnd() {
        pace = nil
        lingering = nil
    }

    /// The server asks for bytes.
    mutating func wait(at now: NIODeadline) { pace?.wait(at: now) }

    mutating func writeHead(closes: Bool) { isLastAnswer = isLastAnswer || closes }

    mutating func writeEnd(at now: NIODeadline) {
        owed = max(0, owed - 1)
        guard owed == 0 else { return }
        if isLastAnswer || isLastRequest {
            ended = ended ?? now
        } else if pace != nil, lingering == nil {
            lingering = (now, 0)
        }
    }

    /// The buffers for answers are full, or have room again.
    mutating func stall(_ isStalled: Bool, at now: NIODeadline) {
        stalledSince = isStalled ? stalledSince ?? now : nil
    }

    // MARK: What follows

    /// When to ask for a verdict next.
    var deadline: NIODeadline? {
        var deadlines: [NIODeadline] = []
        if !sawHead { deadlines.append(opened + limits.head) }
        if let ended { deadlines.append(ended + limits.linger) }
        if let stalledSince { deadlines.append(stalledSince + limits.stall) }
        if let lingering {
            deadlines.append(lingering.since + limits.linger)
        } else if owed > 0, let pace = pace?.deadline {
            deadlines.append(pace)
        }
        return deadlines.min()
    }

    /// What is to become of the connection.
    func verdict(at now: NIODeadline) -> Verdict {
        if let lingering, lingering.bytes > limits.lingerBytes { return .close }
        guard let deadline, now >= deadline else { return .goOn }
        if ended != nil || lingering != nil || stalledSince.map({ now >= $0 + limits.stall }) == true { return .close }
        return sawHead ? .slowBody : .slowHead
    }
}
