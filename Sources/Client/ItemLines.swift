/// The items of a batch as newline-delimited JSON, in memory, any part of which can be sent again.
public struct ItemLines: Sendable, Equatable {
    /// All lines, each with its newline.
    public private(set) var bytes: [UInt8] = []

    /// For each line the position behind its newline.
    private var ends: [Int] = []

    /// No lines.
    public init() {}

    /// How many lines there are.
    public var count: Int { ends.count }

    /// Whether there are none.
    public var isEmpty: Bool { ends.isEmpty }

    /// Adds a line that is one JSON object without a newline.
    public mutating func append(_ line: some Sequence<UInt8>) {
        bytes.append(contentsOf: line)
        bytes.append(UInt8(ascii: "\n"))
        ends.append(bytes.count)
    }

    /// All lines, each without its newline.
    public var lines: some Sequence<ArraySlice<UInt8>> {
        ends.indices.lazy.map { bytes[start(of: $0)..<ends[$0] - 1] }
    }

    /// The bytes of the lines from `line` on, counted from 0.
    func size(from line: Int) -> Int {
        bytes.count - start(of: line)
    }

    /// Whole lines from `line` on: as many as fit into `size` bytes, but at least one.
    func chunk(from line: Int, size: Int) -> (bytes: ArraySlice<UInt8>, next: Int) {
        let start = start(of: line)
        var next = line + 1
        while next < count, ends[next] - start <= size { next += 1 }
        return (bytes[start..<ends[next - 1]], next)
    }

    private func start(of line: Int) -> Int {
        line == 0 ? 0 : ends[line - 1]
    }
}
