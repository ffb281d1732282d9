/// Cuts a stream of chunks into lines; holds no more than one line back.
///
/// A line within one chunk is lent as a slice of it. Only what straddles chunks is copied. A line beyond the limit is
/// not kept: its bytes are counted, and the line comes out as ``Line/tooLong(_:)``.
struct LineSplitter {
    enum Line: Equatable {
        /// A line without its newline.
        case text(ArraySlice<UInt8>)
        /// A line beyond the limit, by the number of its bytes.
        case tooLong(Int)
    }

    private let limit: Int
    private var rest: [UInt8] = []
    /// Bytes of the present line that were thrown away, beyond the limit.
    private var dropped = 0

    /// Bytes of the present line so far.
    var pendingBytes: Int { dropped + rest.count }

    /// - Parameter limit: Most bytes of a line, its newline not counted.
    init(limit: Int) { self.limit = limit }

    /// Takes a chunk and hands out the lines that it completes.
    mutating func feed(_ chunk: [UInt8], _ body: (Line) throws -> Void) rethrows {
        var start = chunk.startIndex
        while let end = chunk[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let piece = chunk[start..<end]
            start = end + 1
            if rest.isEmpty, dropped == 0 {
                try body(piece.count <= limit ? .text(piece) : .tooLong(piece.count))
            } else {
                keep(piece)
                try body(take())
            }
        }
        keep(chunk[start...])
    }

    /// Hands out the last line where the stream does not end with a newline.
    mutating func finish(_ body: (Line) throws -> Void) rethrows {
        guard !rest.isEmpty || dropped > 0 else { return }
        try body(take())
    }

    private mutating func keep(_ piece: ArraySlice<UInt8>) {
        if dropped > 0 || rest.count + piece.count > limit {
            dropped += rest.count + piece.count
            rest.removeAll(keepingCapacity: true)
        } else {
            rest.append(contentsOf: piece)
        }
    }

    private mutating func take() -> Line {
        defer {
            rest = []
            dropped = 0
        }
        return dropped > 0 ? .tooLong(dropped) : .text(rest[...])
    }
}
