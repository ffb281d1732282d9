import Dispatch
import Synchronization

/// Where those who ask for faces and the threads that decode them meet.
///
/// A position is waiting, being decoded, or in the cache, or nobody knows of it. The threads own the desk and not the
/// loader, so that the loader can go away and end them.
final class DecodingDesk: Sendable {
    fileprivate struct State {
        var cache: FaceCache
        /// What waits, the next one first; a position that is no longer in `waiting` was taken by somebody else.
        var queue: [Int] = []
        var waiting: Set<Int> = []
        var running: Set<Int> = []
        /// Who wants to hear of a position that waits or is being decoded.
        var listeners: [Int: [Delivery]] = [:]
        var figures = FaceLoader.Figures()
        var isClosed = false

        /// Takes a position out of those that wait, where it still does.
        mutating func claim(_ position: Int) -> Bool {
            guard waiting.remove(position) != nil else { return false }
            running.insert(position)
            return true
        }

        mutating func claimNext() -> Int? {
            while !queue.isEmpty {
                let position = queue.removeFirst()
                if claim(position) { return position }
            }
            return nil
        }
    }

    /// Most positions that wait because of a hint.
    private let hintLimit: Int
    private let decode: @Sendable (Int) throws(FaceCollectionError) -> LoadedFace
    private let state: Mutex<State>
    /// Signalled once for each position that is queued.
    private let wake = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - cacheBytes: most bytes of decoded faces to keep.
    ///   - hintLimit: most positions that wait because of a hint.
    ///   - decode: reads the face at a position.
    init(
        cacheBytes: Int, hintLimit: Int, decode: @escaping @Sendable (Int) throws(FaceCollectionError) -> LoadedFace
    ) {
        self.decode = decode
        self.hintLimit = hintLimit
        state = Mutex(State(cache: FaceCache(limit: cacheBytes)))
    }

    var figures: FaceLoader.Figures {
        state.withLock { state in
            state.figures.cachedBytes = state.cache.bytes
            return state.figures
        }
    }

    // MARK: Those who ask

    func prepare(_ positions: [Int]) {
        let added = state.withLock { state in
            var added = 0
            // One that is in the cache becomes the youngest there, so that it stays until it is asked for.
            for position in positions where state.cache[position] == nil && !state.running.contains(position) {
                guard state.waiting.count < hintLimit else { break }
                guard state.waiting.insert(position).inserted else { continue }
                state.queue.append(position)
                added += 1
            }
            return added
        }
        for _ in 0..<added { wake.signal() }
    }

    func faces(_ positions: [Int]) throws(FaceCollectionError) -> [LoadedFace] {
        let delivery = Delivery()
        var (loaded, missing) = state.withLock { $0.order(positions, for: delivery) }
        for _ in missing { wake.signal() }
        for position in missing where state.withLock({ $0.claim(position) }) { run(position) }
        let outcomes = delivery.wait(for: missing.count)
        var faces: [LoadedFace] = []
        faces.reserveCapacity(positions.count)
        for position in positions {
            if loaded[position] == nil { loaded[position] = try outcomes[position]?.get() }
            if let face = loaded[position] { faces.append(face) }
        }
        return faces
    }

    // MARK: Those who decode

    /// Decodes what waits until the desk is closed; blocks its thread.
    func work() {
        while true {
            wake.wait()
            let (position, isClosed) = state.withLock { ($0.isClosed ? nil : $0.claimNext(), $0.isClosed) }
            if isClosed { return }
            if let position { run(position) }
        }
    }

    func close(threads: Int) {
        state.withLock { $0.isClosed = true }
        for _ in 0..<threads { wake.signal() }
    }

    private func run(_ position: Int) {
        let outcome: Result<LoadedFace, FaceCollectionError>
        do {
            outcome = .success(try decode(position))
        } catch {
            // Not kept: who asks later finds the file as it is then.
            outcome = .failure(error)
        }
        let listeners = state.withLock { state in
            state.running.remove(position)
            state.figures.decoded += 1
            if case .success(let face) = outcome { state.cache.insert(face, at: position) }
            return state.listeners.removeValue(forKey: position) ?? []
        }
        for listener in listeners { listener.take(outcome, of: position) }
    }
}

extension DecodingDesk.State {
    /// Looks up what is in the cache, and puts the rest before everything that waits.
    /// - Returns: what is there, and the positions that `delivery` will get.
    fileprivate mutating func order(
        _ positions: [Int], for delivery: Delivery
    ) -> (loaded: [Int: LoadedFace], missing: [Int]) {
        var loaded: [Int: LoadedFace] = [:]
        var missing: [Int] = []
        var urgent: [Int] = []
        var seen: Set<Int> = []
        for position in positions where seen.insert(position).inserted {
            if let face = cache[position] {
                loaded[position] = face
                figures.hits += 1
                continue
            }
            missing.append(position)
            listeners[position, default: []].append(delivery)
            guard !running.contains(position) else { continue }
            waiting.insert(position)
            urgent.append(position)
        }
        queue.insert(contentsOf: urgent, at: 0)
        return (loaded, missing)
    }
}

/// What one caller gets from several threads.
final class Delivery: Sendable {
    private let outcomes = Mutex<[Int: Result<LoadedFace, FaceCollectionError>]>([:])
    private let arrival = DispatchSemaphore(value: 0)

    func take(_ outcome: Result<LoadedFace, FaceCollectionError>, of position: Int) {
        outcomes.withLock { $0[position] = outcome }
        arrival.signal()
    }

    /// Blocks until so many outcomes have come.
    func wait(for count: Int) -> [Int: Result<LoadedFace, FaceCollectionError>] {
        for _ in 0..<count { arrival.wait() }
        return outcomes.withLock { $0 }
    }
}
