/// Identity of a tenant: whose batches these are.
public struct TenantID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number, as PostgreSQL knows it.
    public let rawValue: Int32
    /// Wraps a number.
    public init(rawValue: Int32) { self.rawValue = rawValue }
    /// Wraps a number.
    public init(_ rawValue: Int32) { self.rawValue = rawValue }
    /// The number in decimal.
    public var description: String { String(rawValue) }
    /// Orders by age.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The tenant of everybody where nobody has to say who they are.
    public static let everybody = TenantID(1)
}
