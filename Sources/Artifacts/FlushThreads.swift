import Threads

/// Threads that write and flush side by side.
///
/// A journalling file system commits for all who wait at that moment, so eight files that are flushed at once take about
/// as long as one; flushed one after the other, each waits for a commit of its own.
struct FlushThreads: Sendable {
    private let threads = (1...8).map { ThreadExecutor(name: "flush-\($0)") }

    /// Runs `body` for each item, several at once; all of them end before the first error is thrown.
    func forEach<Item: Sendable>(
        _ items: [Item], _ body: @escaping @Sendable (Item) throws(ArtifactError) -> Void
    ) async throws(ArtifactError) {
        let count = min(threads.count, items.count)
        let failure = await withTaskGroup(of: ArtifactError?.self) { tasks in
            for share in 0..<count {
                tasks.addTask(executorPreference: threads[share]) {
                    do throws(ArtifactError) {
                        for index in stride(from: share, to: items.count, by: count) { try body(items[index]) }
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return await tasks.reduce(nil) { $0 ?? $1 }
        }
        if let failure { throw failure }
    }
}
