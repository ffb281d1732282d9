internal import Torch

/// Bytes of a part of a file, one after the other; a small window of them is in memory.
struct ByteSource {
    private static let windowSize = 64 << 10

    /// What a message calls the part.
    let part: String
    /// Nil where the window holds all there is.
    private let file: OpenFile?
    private let end: Int
    /// Whether it is the limit that ends the part.
    private let isLimited: Bool
    private var window: [UInt8] = []
    private var next = 0
    private var windowStart: Int

    /// The bytes in `range`, but no more than `limit` of them.
    init(_ file: OpenFile, _ range: Range<Int>, part: String, limit: Int) {
        self.file = file
        self.part = part
        isLimited = range.count > limit
        end = isLimited ? range.lowerBound + limit : range.upperBound
        windowStart = range.lowerBound
    }

    /// Bytes in memory.
    init(_ bytes: [UInt8], part: String = "the pickle") {
        file = nil
        self.part = part
        isLimited = false
        end = bytes.count
        windowStart = 0
        window = bytes
    }

    /// Place of the next byte in the file.
    var position: Int { windowStart + next }

    /// Takes one byte.
    mutating func byte() throws(CheckpointFault) -> UInt8 {
        if next == window.count { try fill() }
        defer { next += 1 }
        return window[next]
    }

    /// Takes `count` bytes; a count that the part does not hold costs no memory.
    mutating func bytes(_ count: Int) throws(CheckpointFault) -> [UInt8] {
        guard count <= end - position else { throw ended() }
        var result: [UInt8] = []
        result.reserveCapacity(count)
        while result.count < count {
            if next == window.count { try fill() }
            let taken = min(count - result.count, window.count - next)
            result.append(contentsOf: window[next..<next + taken])
            next += taken
        }
        return result
    }

    /// Takes an unsigned number of `count` bytes, little-endian.
    mutating func number(_ count: Int) throws(CheckpointFault) -> UInt64 {
        var result: UInt64 = 0
        for place in 0..<count { result |= UInt64(try byte()) << UInt64(8 * place) }
        return result
    }

    /// Takes the bytes up to a line feed, which is taken too and left out.
    mutating func line(limit: Int) throws(CheckpointFault) -> [UInt8] {
        var result: [UInt8] = []
        while true {
            let byte = try byte()
            if byte == UInt8(ascii: "\n") { return result }
            guard result.count < limit else { throw CheckpointFault(.overLimit("\(part): a line over \(limit) bytes")) }
            result.append(byte)
        }
    }

    private mutating func fill() throws(CheckpointFault) {
        windowStart += window.count
        next = 0
        window = []
        let count = min(Self.windowSize, end - windowStart)
        guard let file, count > 0 else { throw ended() }
        let start = windowStart
        window = try reading(part) { () throws(SafeTensorsFault) in try file.bytes(at: start, count: count) }
    }

    private func ended() -> CheckpointFault {
        CheckpointFault(isLimited ? .overLimit("\(part) is longer than any checkpoint needs") : .truncated(part))
    }
}
