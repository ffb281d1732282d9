import Dispatch

/// Runs work that may block, such as reading files, on a thread that is not of the cooperative pool.
func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result { try work() }) }
    }
}

/// Does something for each element, several at a time; the first error ends it.
///
/// - Parameters:
///   - elements: What there is to do.
///   - width: How many at the same time.
///   - work: Does it.
///   - finish: Hears of each that is done, in the order in which they end.
func inParallel<Element: Sendable, Value: Sendable>(
    _ elements: [Element], width: Int, _ work: @escaping @Sendable (Element) async throws -> Value,
    then finish: (Element, Value) -> Void
) async throws {
    try await withThrowingTaskGroup(of: (Element, Value).self) { group in
        var rest = elements[...]
        for element in rest.prefix(width) { group.addTask { (element, try await work(element)) } }
        rest = rest.dropFirst(width)
        // One in for each one out: the number of open files and requests stays the same.
        while let (element, value) = try await group.next() {
            finish(element, value)
            if let next = rest.popFirst() { group.addTask { (next, try await work(next)) } }
        }
    }
}
