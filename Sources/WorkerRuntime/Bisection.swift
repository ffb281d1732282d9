/// Runs `items` as one group; where that fails, its halves, and so on, until whoever is guilty stands alone.
///
/// One guilty item among n costs about 2 log2(n) further runs, and costs the innocent nothing but that time.
/// - Returns: one result for each item, in order.
package func bisecting<Item, Value, Failure: Error>(
    _ items: ArraySlice<Item>, run: (ArraySlice<Item>) throws(Failure) -> [Value]
) -> [Result<Value, Failure>] {
    guard !items.isEmpty else { return [] }
    do throws(Failure) {
        return try run(items).map { .success($0) }
    } catch {
        guard items.count > 1 else { return [.failure(error)] }
        let middle = items.startIndex + items.count / 2
        return bisecting(items[..<middle], run: run) + bisecting(items[middle...], run: run)
    }
}
