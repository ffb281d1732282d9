/// A linear subspace of one row of a code, by an orthonormal basis.
public struct Subspace: Sendable, Hashable {
    /// C.
    public let width: Int
    /// The basis, row by row.
    public let basis: [Float]

    /// Number of dimensions.
    public var dimension: Int { width == 0 ? 0 : basis.count / width }

    /// The span of the given rows, [k, C] row-major; rows that depend on earlier ones are left out.
    ///
    /// Modified Gram-Schmidt, each row passed twice, in double precision.
    public init(spanning rows: [Float], width: Int) {
        self.width = width
        var basis: [[Double]] = []
        for start in stride(from: 0, to: width == 0 ? 0 : rows.count / width * width, by: width) {
            var row = rows[start..<start + width].map(Double.init)
            let length = Self.dot(row, row).squareRoot()
            guard length > 0, length.isFinite else { continue }
            for _ in 0..<2 {
                for axis in basis {
                    let share = Self.dot(row, axis)
                    for index in row.indices { row[index] -= share * axis[index] }
                }
            }
            let rest = Self.dot(row, row).squareRoot()
            guard rest > 1e-5 * length else { continue }
            basis.append(row.map { $0 / rest })
        }
        self.basis = basis.flatMap { $0.map(Float.init) }
    }

    /// The coordinates of a row within the subspace.
    func coordinates(of row: ArraySlice<Float>) -> [Float] {
        (0..<dimension).map { axis in Self.dot(basis[axis * width..<(axis + 1) * width], row) }
    }

    /// `target` with its part in the subspace replaced by that of `source`.
    func replacing(_ target: ArraySlice<Float>, by source: ArraySlice<Float>) -> [Float] {
        var result = Array(target)
        let change = zip(coordinates(of: source), coordinates(of: target)).map { $0 - $1 }
        for (axis, amount) in change.enumerated() {
            for index in 0..<width { result[index] += amount * basis[axis * width + index] }
        }
        return result
    }

    private static func dot(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// Eight partial sums, so that the compiler may use vector registers.
    private static func dot(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Float {
        a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                let count = min(a.count, b.count)
                var sums = SIMD8<Float>()
                var index = 0
                while index + 8 <= count {
                    var left = SIMD8<Float>()
                    var right = SIMD8<Float>()
                    for lane in 0..<8 {
                        left[lane] = a[index + lane]
                        right[lane] = b[index + lane]
                    }
                    sums += left * right
                    index += 8
                }
                var sum = sums.sum()
                while index < count {
                    sum += a[index] * b[index]
                    index += 1
                }
                return sum
            }
        }
    }
}
