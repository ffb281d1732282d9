/// How the elements of a tensor lie in the bytes that it spans.
struct TensorLayout {
    /// The shape with length 1 for every axis without a step: those repeat what is there.
    let shape: [Int]
    /// Axes with more than one element, without those that repeat.
    private let axes: [(length: Int, stride: Int)]

    init(_ shape: [Int], _ strides: [Int]) {
        self.shape = zip(shape, strides).map { length, stride in stride == 0 ? min(length, 1) : length }
        axes = zip(self.shape, strides).filter { $0.0 != 1 }.map { ($0.0, $0.1) }
    }

    /// Whether the elements lie one behind the other, the last axis innermost.
    var isRowMajor: Bool {
        var next = 1
        for axis in axes.reversed() {
            guard axis.stride == next else { return false }
            next &*= axis.length
        }
        return true
    }

    /// The elements one behind the other, out of `bytes` that begin with the first and end with the last.
    func gathered(_ bytes: [UInt8], _ width: Int) -> [UInt8] {
        guard let inner = axes.last, !shape.contains(0) else { return shape.contains(0) ? [] : bytes }
        let outer = axes.dropLast()
        var result: [UInt8] = []
        result.reserveCapacity(shape.reduce(width, *))
        var index = [Int](repeating: 0, count: outer.count)
        var start = 0
        while true {
            if inner.stride == 1 {
                result.append(contentsOf: bytes[start * width..<(start + inner.length) * width])
            } else {
                for step in 0..<inner.length {
                    let place = (start + step * inner.stride) * width
                    result.append(contentsOf: bytes[place..<place + width])
                }
            }
            // On to the next row, as an odometer counts.
            guard let moved = outer.indices.reversed().first(where: { index[$0] + 1 < outer[$0].length }) else {
                return result
            }
            for axis in outer.indices where axis > moved {
                start -= index[axis] * outer[axis].stride
                index[axis] = 0
            }
            index[moved] += 1
            start += outer[moved].stride
        }
    }
}
