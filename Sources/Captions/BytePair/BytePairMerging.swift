/// Merges the symbols of one word: always the pair that was learnt first, and of equal ones the leftmost.
///
/// A heap over the pairs and links between the symbols that are left make n symbols cost O(n log n), so that a
/// "word" of thousands of letters cannot stall anything. The published code merges all equal pairs in one pass, which
/// is the same: whatever a merge newly makes possible was learnt after it.
struct BytePairMerging {
    /// A pair that can merge: the symbol it makes, which is also its rank, and the place of its left half.
    private struct Candidate: Comparable {
        let symbol: UInt32
        let place: Int
        let left: UInt32
        let right: UInt32

        static func < (a: Candidate, b: Candidate) -> Bool { (a.symbol, a.place) < (b.symbol, b.place) }
    }

    private var symbols: [UInt32?]
    private var next: [Int]
    private var previous: [Int]
    private var heap: [Candidate] = []
    private let merge: (UInt32, UInt32) -> UInt32?

    /// Takes the symbols of a word and what a pair of them merges into.
    init(_ symbols: [UInt32], merge: @escaping (UInt32, UInt32) -> UInt32?) {
        self.symbols = symbols
        self.merge = merge
        next = symbols.indices.map { $0 + 1 }
        previous = symbols.indices.map { $0 - 1 }
    }

    /// The symbols that are left when nothing merges any more.
    func run() -> [UInt32] {
        var copy = self
        for place in symbols.indices { copy.propose(place) }
        while let best = copy.pop() { copy.apply(best) }
        return copy.symbols.compactMap { $0 }
    }

    /// Puts the pair that begins at `place` on the heap, if it merges.
    private mutating func propose(_ place: Int) {
        guard symbols.indices.contains(place), symbols.indices.contains(next[place]),
            let left = symbols[place], let right = symbols[next[place]], let symbol = merge(left, right)
        else { return }
        push(Candidate(symbol: symbol, place: place, left: left, right: right))
    }

    private mutating func apply(_ best: Candidate) {
        let place = best.place
        // An older candidate may have lost a half to another merge.
        guard symbols[place] == best.left, symbols.indices.contains(next[place]), symbols[next[place]] == best.right
        else { return }
        let gone = next[place]
        symbols[place] = best.symbol
        symbols[gone] = nil
        next[place] = next[gone]
        if symbols.indices.contains(next[place]) { previous[next[place]] = place }
        propose(previous[place])
        propose(place)
    }

    // MARK: Heap

    private mutating func push(_ candidate: Candidate) {
        heap.append(candidate)
        var child = heap.count - 1
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func pop() -> Candidate? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            var least = 2 * parent + 1
            guard least < heap.count else { return first }
            if least + 1 < heap.count, heap[least + 1] < heap[least] { least += 1 }
            guard heap[least] < heap[parent] else { return first }
            heap.swapAt(least, parent)
            parent = least
        }
    }
}
