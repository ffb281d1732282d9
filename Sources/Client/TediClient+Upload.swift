import AsyncHTTPClient
import JobAPI
import NIOCore
import NIOHTTP1

extension TediClient {
    /// Sends the items of an open batch, in one stream; goes on where a broken connection stopped it.
    ///
    /// The batch itself says how many lines it holds, so nothing is sent twice and nothing is left out. Patience starts
    /// anew whenever the batch has grown.
    ///
    /// - Parameters:
    ///   - items: All items of the batch.
    ///   - batch: The open batch; may hold the first of the items already.
    ///   - progress: Called with the number of lines handed to the network so far.
    /// - Returns: The lines that the batch holds now: `items.count`.
    @discardableResult
    public func upload(
        _ items: ItemLines, to batch: Int64, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(ClientError) -> Int {
        var retrying = Retrying(schedule: retries)
        var held = 0
        while held < items.count {
            do throws(ClientError) {
                held = try await send(items, from: held, to: batch, progress: progress)
                retrying.reset()
            } catch {
                if !error.isOutOfStep { try await retrying.wait(after: error) }
                let before = held
                held = try await self.batch(batch).items
                if held > before { retrying.reset() }
                if held == before, error.isOutOfStep { throw error }
            }
            progress(held)
        }
        return held
    }

    /// One upload of everything behind the lines that the batch holds.
    private func send(
        _ items: ItemLines, from line: Int, to batch: Int64, progress: @escaping @Sendable (Int) -> Void
    ) async throws(ClientError) -> Int {
        var request = request(.PUT, Routes.items(of: batch, from: line))
        request.headers.add(name: "Content-Type", value: Routes.itemsContentType)
        request.body = .stream(
            ItemChunks(items: items, first: line, progress: progress), length: .known(Int64(items.size(from: line))))
        // The upload of a million lines takes longer than a question; silence is bounded by the read and write timeouts.
        let answer = try await once(request, limit: Self.bodyLimit, timeout: .hours(6))
        guard answer.status == 200 else { throw refusal(answer) }
        let receipt: UploadReceipt = try read(answer)
        return receipt.received
    }
}

extension ClientError {
    /// Whether the batch holds another number of lines than the upload assumed.
    fileprivate var isOutOfStep: Bool {
        guard case .problem(let problem) = self else { return false }
        return problem.code == .outOfStep
    }
}

/// Lines as buffers of about 64 KiB, taken by the network at its own pace.
private struct ItemChunks: AsyncSequence, Sendable {
    let items: ItemLines
    let first: Int
    let progress: @Sendable (Int) -> Void

    struct AsyncIterator: AsyncIteratorProtocol {
        let chunks: ItemChunks
        var next: Int

        mutating func next() async -> ByteBuffer? {
            chunks.progress(next)
            guard next < chunks.items.count else { return nil }
            let chunk = chunks.items.chunk(from: next, size: 64 << 10)
            next = chunk.next
            return ByteBuffer(bytes: chunk.bytes)
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(chunks: self, next: first)
    }
}
