import Failpoints
import JobAPI
import JobStore
import Jobs
import Metrics
import NIOCore
import Telemetry

/// Takes a stream of captions into an open batch.
///
/// Chunks of items go to the store while the next chunk is read, never more than one at a time: the stream is read no
/// faster than the store writes, and memory stays bounded. What was written before a mistake stays: the batch is open,
/// nothing of it runs, and the next upload goes on from there.
struct ItemUpload: Sendable {
    /// Most items of one chunk.
    static let chunkItems = 10_000
    /// Bytes of lines after which a chunk is full, where uploads are few.
    static let chunkBytes = 4 << 20
    /// The same where they are many.
    static let leastChunkBytes = 64 << 10
    /// Bytes of lines that all uploads may hold together before their chunks become smaller: thousands of clients that
    /// each stop short of a full chunk must not fill the memory.
    static let sharedBytes = 64 << 20

    let store: JobStore
    let vocabularies: Vocabularies
    private let uploads = UseCount(limit: .max)

    init(store: JobStore, vocabularies: Vocabularies) {
        self.store = store
        self.vocabularies = vocabularies
    }

    /// Uploads items.
    ///
    /// - Parameters:
    ///   - id: The batch.
    ///   - tenant: Whose batch it has to be; anybody's if `nil`.
    ///   - line: Lines that come before the first of the stream; the batch must have at least as many.
    ///   - body: Newline-delimited JSON.
    ///   - length: Bytes that the client promised, where it did.
    func run<Body: AsyncSequence>(
        into id: BatchID, of tenant: TenantID?, from line: Int, body: Body, length: Int?
    ) async throws -> UploadReceipt where Body.Element == ByteBuffer {
        _ = uploads.enter()
        defer { uploads.leave() }
        let batch = try await store.batch(id, of: tenant)
        guard batch.state == .open else { throw Problems.batchNotOpen(id.rawValue, state: BatchStatus(batch.state)) }
        guard line <= batch.items else {
            throw Problems.outOfStep(batch: id.rawValue, from: line, received: batch.items)
        }
        let variants = batch.specification.variants
        let maximum = min(Limits.maximumLinesPerBatch, Limits.maximumJobsPerBatch / variants)
        var reader = UploadReader(
            from: line, maximumLines: maximum,
            check: try await vocabularies.check(digest: batch.modelDigest, kind: batch.specification.kind),
            kind: batch.specification.kind, options: batch.specification.options)
        // Whole transactions of the store: a few lines more would cost another.
        let transaction = max(1, JobStore.transactionLimit / variants)
        var bytes = 0
        var received = batch.items
        try await withThrowingTaskGroup(of: Int.self) { group in
            for try await buffer in body {
                bytes += buffer.readableBytes
                reader.feed(Array(buffer.readableBytesView))
                if reader.isFull { break }
                guard reader.items.count >= Self.chunkItems || reader.itemBytes >= fullChunk else { continue }
                received = try await group.next() ?? received
                let items = reader.takeItems(multipleOf: transaction)
                append(items, to: id, of: tenant, before: reader.line - reader.items.count, in: &group)
            }
            reader.finish()
            received = try await group.next() ?? received
            guard reader.errors.isEmpty, !reader.isTooLong, length ?? bytes <= bytes else { return }
            append(reader.takeItems(), to: id, of: tenant, before: reader.line, in: &group)
            received = try await group.next() ?? received
        }
        Counter(label: MetricName.items).increment(by: received - batch.items)
        if !reader.errors.isEmpty { throw Problems.badItems(reader.errors, received: received) }
        if reader.isTooLong { throw Problems.tooManyItems(limit: maximum, samples: variants) }
        if let length, length > bytes { throw Problems.uploadInterrupted(received: received) }
        if reader.line == line { throw Problems.emptyUpload() }
        return UploadReceipt(batch: id.rawValue, accepted: received - batch.items, received: received)
    }

    /// Bytes after which a chunk is full at this moment.
    private var fullChunk: Int { Self.fullChunk(among: uploads.current) }

    static func fullChunk(among uploads: Int) -> Int {
        min(chunkBytes, max(leastChunkBytes, sharedBytes / max(1, uploads)))
    }

    private func append(
        _ items: [CaptionItem], to id: BatchID, of tenant: TenantID?, before line: Int,
        in group: inout ThrowingTaskGroup<Int, any Error>
    ) {
        guard !items.isEmpty else { return }
        group.addTask {
            let received = try await store.append(items, to: id, from: line - items.count, of: tenant)
            try Failpoint.afterUploadCommit.reachThrowing()
            return received
        }
    }
}
