/// What an operator wants of a worker.
public enum WorkerOrder: Int, Hashable, Sendable, CaseIterable {
    /// Claim and compute.
    case work = 0
    /// Claim nothing more, stay, and go on when told to.
    case quiet = 1
    /// Claim nothing more, finish what is under way, end the process.
    case drain = 2

    /// The name as people write it.
    public var name: String {
        switch self {
        case .work: "work"
        case .quiet: "quiet"
        case .drain: "drain"
        }
    }
}
