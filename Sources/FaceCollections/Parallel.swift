import Dispatch
import Synchronization

/// Work that several threads share.
enum Parallel {
    /// What `body` makes of each number of a range, in the order of the range; blocks until all is done.
    static func map<Value: Sendable>(
        _ range: Range<Int>, threads: Int, _ body: @Sendable (Int) -> Value
    ) -> [Value] {
        let shares = max(1, min(threads, range.count))
        let values = Mutex([Int: Value](minimumCapacity: range.count))
        DispatchQueue.concurrentPerform(iterations: shares) { share in
            for number in stride(from: range.lowerBound + share, to: range.upperBound, by: shares) {
                let value = body(number)
                values.withLock { $0[number] = value }
            }
        }
        let all = values.withLock { $0 }
        return range.compactMap { all[$0] }
    }
}
