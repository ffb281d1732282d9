/// Who holds which connection of a pool and who waits for one; decides, and leaves acting to the pool.
///
/// Connections are known by their slot, 0 ..< size.
package struct PoolState {
    /// What the pool has to do for a caller who wants a connection.
    package enum Admission: Equatable {
        /// Use the connection of this slot.
        case lease(slot: Int)
        /// Wait in line under this number.
        case wait
        /// Too many wait already.
        case full
        /// The pool is shut down.
        case closed
    }

    /// What the pool has to do with a connection that came back.
    package enum Release: Equatable {
        /// Hand it to the waiter with this number.
        case hand(waiter: Int)
        /// Keep it for later.
        case keep
        /// Close it: the pool is shut down; `isLast` if no other is out.
        case close(isLast: Bool)
    }

    package let size: Int
    package let waiterLimit: Int
    /// Slots that are free; the last one was used most recently and is the likeliest to be open.
    private var free: [Int]
    /// Numbers of those who wait, first come first served; cancelled ones stay as holes until they come up.
    private var line: [Int] = []
    private var head = 0
    private var waiting: Set<Int> = []
    package private(set) var isClosed = false

    package init(size: Int, waiterLimit: Int) {
        self.size = size
        self.waiterLimit = waiterLimit
        self.free = Array((0..<size).reversed())
    }

    package var leased: Int { size - free.count }
    package var waiterCount: Int { waiting.count }

    package mutating func acquire(waiter: Int) -> Admission {
        guard !isClosed else { return .closed }
        if let slot = free.popLast() { return .lease(slot: slot) }
        guard waiting.count < waiterLimit else { return .full }
        line.append(waiter)
        waiting.insert(waiter)
        return .wait
    }

    /// Takes a waiter out of the line; false if it has its turn already.
    package mutating func cancel(waiter: Int) -> Bool {
        waiting.remove(waiter) != nil
    }

    package mutating func release(slot: Int) -> Release {
        guard !isClosed else {
            free.append(slot)
            return .close(isLast: free.count == size)
        }
        while head < line.count {
            let waiter = line[head]
            head += 1
            if waiting.remove(waiter) != nil {
                compact()
                return .hand(waiter: waiter)
            }
        }
        compact()
        free.append(slot)
        return .keep
    }

    /// Ends admission; gives those who wait, in order, and the free slots.
    package mutating func close() -> (waiters: [Int], free: [Int]) {
        isClosed = true
        let waiters = line[head...].filter(waiting.contains)
        line = []
        head = 0
        waiting = []
        return (waiters, free)
    }

    private mutating func compact() {
        guard head > 64, head * 2 > line.count else { return }
        line.removeFirst(head)
        head = 0
    }
}
