/// Statements prepared on one connection, by SQL text and parameter types.
struct StatementCache {
    private struct Entry {
        var name: String
        var types: [UInt32]
    }

    private var entries: [String: [Entry]] = [:]
    private var count = 0
    private var nextName = 0

    /// Statements kept at most, for each holds memory in its backend.
    ///
    /// Statement texts are fixed in the code, so this bound is only met by a program that builds texts; then all are
    /// dropped at once.
    static let limit = 512

    var isFull: Bool { count >= Self.limit }

    /// Name of a prepared statement that takes parameters of these types; an untyped NULL fits anywhere.
    func name(for sql: String, _ types: [UInt32]) -> String? {
        entries[sql]?.first { entry in
            entry.types.count == types.count && zip(entry.types, types).allSatisfy { $0 == $1 || $1 == 0 }
        }?.name
    }

    /// Makes a name for a statement about to be prepared.
    mutating func makeName() -> String {
        nextName += 1
        return "t\(nextName)"
    }

    mutating func insert(_ name: String, for sql: String, _ types: [UInt32]) {
        entries[sql, default: []].append(Entry(name: name, types: types))
        count += 1
    }

    mutating func removeAll() {
        entries = [:]
        count = 0
    }
}
