/// The custom ids of an upload, to find one that comes twice.
///
/// Holds 16 bytes of hash instead of the id: a million ids of 128 bytes would be a hundred megabytes. Two ids would
/// have to agree in 128 bits of a keyed hash to be mistaken for each other.
struct CustomIDs {
    private struct Key: Hashable {
        var high: Int
        var low: Int
    }

    private var lines: [Key: Int32] = [:]

    /// Notes the id of a line (from 1).
    ///
    /// - Returns: The earlier line with the same id, or nil.
    mutating func insert(_ id: String, line: Int) -> Int? {
        var first = Hasher()
        first.combine(0 as UInt8)
        first.combine(id)
        var second = Hasher()
        second.combine(1 as UInt8)
        second.combine(id)
        let key = Key(high: first.finalize(), low: second.finalize())
        if let earlier = lines[key] { return Int(earlier) }
        lines[key] = Int32(clamping: line)
        return nil
    }
}
