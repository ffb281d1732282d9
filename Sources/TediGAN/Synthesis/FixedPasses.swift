/// Items in parts of one size, the last part filled up with repetitions of its first item.
///
/// LibTorch sums in another order for another batch size, which may move a byte by one; with the size fixed, a face has
/// the same bytes in any company.
struct FixedPasses<Item>: Sequence {
    /// One part.
    struct Pass {
        /// As many items as a pass has rows.
        let items: [Item]
        /// How many of them were asked for.
        let count: Int
        /// The place of the first among all items.
        let start: Int
    }

    private let items: [Item]
    private let rows: Int

    init(_ items: [Item], rows: Int) { (self.items, self.rows) = (items, Swift.max(1, rows)) }

    func makeIterator() -> AnyIterator<Pass> {
        var start = 0
        return AnyIterator {
            guard start < items.count else { return nil }
            let part = Array(items[start..<Swift.min(start + rows, items.count)])
            defer { start += rows }
            return Pass(
                items: part + Array(repeating: part[0], count: rows - part.count), count: part.count, start: start)
        }
    }
}
