/// What a key allows its holder to do.
public enum Scope: String, Hashable, Sendable, CaseIterable {
    /// Make batches and cron entries, and look at one's own.
    case submit
    /// Look at everything of one's tenant, and at the system.
    case read
    /// Change what runs: cancel, pause, run again. Implies ``read``.
    case operate
    /// Claim and finish jobs over HTTP, and read and write artifacts; nothing else.
    case worker
    /// Everything, in all tenants.
    case admin

    /// This scope and what it implies.
    public var implied: Set<Scope> {
        switch self {
        case .submit, .read, .worker: [self]
        case .operate: [.operate, .read]
        case .admin: Set(Self.allCases)
        }
    }
}

extension Set<Scope> {
    /// These scopes and what they imply.
    public var closure: Set<Scope> { reduce(into: self) { $0.formUnion($1.implied) } }
}
