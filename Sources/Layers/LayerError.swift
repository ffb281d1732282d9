public import Torch

/// Why a network could not be built, loaded or saved.
public enum LayerError: Error, Sendable, CustomStringConvertible {
    /// A tensor operation failed.
    case torch(TorchError)
    /// A tensor file is absent or broken, or cannot be written.
    case file(SafeTensorsError)
    /// The tensors at hand are not those of the network.
    case mismatch(ParameterReport)
    /// An argument is out of range; the text says which and what is allowed.
    case invalid(String)

    /// One line, or one per tensor for a mismatch.
    public var description: String {
        switch self {
        case .torch(let error): error.description
        case .file(let error): error.description
        case .mismatch(let report): report.description
        case .invalid(let text): text
        }
    }
}

/// Runs `body` and reports its `TorchError` as a ``LayerError``.
public func layered<Value>(_ body: () throws(TorchError) -> Value) throws(LayerError) -> Value {
    do {
        return try body()
    } catch {
        throw .torch(error)
    }
}

/// What strict loading found: every tensor that is absent, left over or of another shape.
public struct ParameterReport: Sendable, Hashable, CustomStringConvertible {
    /// A tensor whose shape is not the one the network asks for.
    public struct Misshapen: Sendable, Hashable {
        /// The tensor's path.
        public let path: String
        /// The shape that the network asks for.
        public let expected: [Int]
        /// The shape that was given.
        public let found: [Int]
    }

    /// Paths that the network asked for and nobody gave, in the network's order.
    public internal(set) var missing: [String] = []
    /// Paths that were given and no part of the network asked for, sorted.
    public internal(set) var extra: [String] = []
    /// Paths whose shapes differ, in the network's order.
    public internal(set) var misshapen: [Misshapen] = []

    /// Whether the tensors are just those of the network.
    public var isEmpty: Bool { missing.isEmpty && extra.isEmpty && misshapen.isEmpty }

    /// A heading and one line per tensor, at most twenty of each kind.
    public var description: String {
        if isEmpty { return "all tensors match" }
        var lines = ["the tensors are not those of this network:"]
        func add(_ kind: String, _ names: [String]) {
            lines += names.prefix(20).map { "  \(kind): \($0)" }
            if names.count > 20 { lines.append("  \(kind): \(names.count - 20) more") }
        }
        add("missing", missing)
        add("extra", extra)
        add("misshapen", misshapen.map { "\($0.path) is \($0.found), must be \($0.expected)" })
        return lines.joined(separator: "\n")
    }
}
