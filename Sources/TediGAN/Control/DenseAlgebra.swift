/// The little linear algebra that directions need, in double precision.
enum DenseAlgebra {
    static func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

    /// X of A X = B for a symmetric positive A, by elimination with pivots.
    static func solved(_ matrix: [[Double]], _ right: [[Double]]) -> [[Double]] {
        var (a, b) = (matrix, right)
        for column in a.indices {
            let pivot = (column..<a.count).max { abs(a[$0][column]) < abs(a[$1][column]) } ?? column
            a.swapAt(column, pivot)
            b.swapAt(column, pivot)
            for row in a.indices where row != column {
                let factor = a[row][column] / a[column][column]
                guard factor != 0 else { continue }
                for place in column..<a.count { a[row][place] -= factor * a[column][place] }
                for place in b[row].indices { b[row][place] -= factor * b[column][place] }
            }
        }
        return a.indices.map { row in b[row].map { $0 / a[row][row] } }
    }
}
