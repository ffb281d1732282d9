/// For each attribute, the direction in W+ along which it changes while the other attributes stay.
///
/// The difference between the mean code of faces with an attribute and that of faces without it also holds whatever
/// comes along with the attribute in the data: glasses and age, beard and sex. That is the entanglement that the paper
/// names as its weakness. Two steps remove it:
///
/// 1. Codes are explained by all attributes at once (multiple regression), so that each direction is the change of one
///    attribute with the others held.
/// 2. From each direction its part in the span of the others is taken away (orthogonalisation), and what is left is
///    stretched to have the same effect along the old direction.
///
/// Source: our design; conditional manipulation by projection is from Shen et al., "Interpreting the latent space of
/// GANs", 2020, section 3.2.
public struct EditDirections: Sendable, Hashable {
    /// The attributes, in the order of the directions.
    public let attributes: [String]
    /// L.
    public let layers: Int
    /// C.
    public let width: Int
    /// One row of L x C numbers per attribute: what turns it from absent to present.
    public private(set) var directions: [[Double]]

    /// How far a direction may be stretched: more would leave the codes that the generator knows.
    static let largestStretch = 3.0

    /// Measures the directions.
    /// - Parameters:
    ///   - codes: codes of faces, more than there are attributes.
    ///   - labels: for each face, which attributes are present.
    ///   - attributes: their names.
    ///   - ridge: how strongly directions of attributes that nearly always go together are held back.
    /// - Throws: ``TediGANError/invalid(_:)`` if numbers do not fit, or an attribute is always or never present.
    public init(
        of codes: [LatentCode], labels: [[Bool]], attributes: [String], ridge: Double = 1e-3
    ) throws(TediGANError) {
        guard let first = codes.first, codes.count == labels.count, codes.count > attributes.count,
            labels.allSatisfy({ $0.count == attributes.count })
        else {
            throw .invalid("edit directions need a row of labels per code, and more codes than attributes")
        }
        guard codes.allSatisfy({ $0.layers == first.layers && $0.width == first.width }) else {
            throw .invalid("edit directions need codes of one shape")
        }
        self.attributes = attributes
        layers = first.layers
        width = first.width
        let count = Double(codes.count)
        var means = [Double](repeating: 0, count: attributes.count)
        for row in labels {
            for (index, present) in row.enumerated() where present { means[index] += 1 / count }
        }
        for (name, mean) in zip(attributes, means) where mean < 1 / count || mean > 1 - 1 / count {
            throw .invalid("all faces agree on \(name), so its direction cannot be measured")
        }
        let size = attributes.count
        var products = [[Double]](repeating: [Double](repeating: 0, count: size), count: size)
        var sums = [[Double]](repeating: [Double](repeating: 0, count: layers * width), count: size)
        for (code, row) in zip(codes, labels) {
            let centred = zip(row, means).map { ($0 ? 1 : 0) - $1 }
            for i in 0..<size {
                for j in 0..<size { products[i][j] += centred[i] * centred[j] / count }
                for (place, value) in code.values.enumerated() { sums[i][place] += centred[i] * Double(value) / count }
            }
        }
        for i in 0..<size { products[i][i] += ridge }
        directions = Self.solved(products, sums)
    }

    /// The directions without what they share with the others.
    public func orthogonalized() -> EditDirections {
        var copy = self
        copy.directions = directions.indices.map { index in
            let own = directions[index]
            let others = Self.orthonormal(directions.indices.filter { $0 != index }.map { directions[$0] })
            var rest = own
            for axis in others {
                let share = Self.dot(rest, axis)
                for place in rest.indices { rest[place] -= share * axis[place] }
            }
            let (length, left) = (Self.dot(own, own), Self.dot(rest, rest))
            guard left > 0 else { return own }
            let stretch = min(length / left, Self.largestStretch)
            return rest.map { $0 * stretch }
        }
        return copy
    }

    /// A code moved along an attribute's direction.
    /// - Parameters:
    ///   - code: of the same shape.
    ///   - attribute: one of ``attributes``.
    ///   - strength: 1 turns it from absent to present, -1 back; between, the change is continuous.
    ///   - layers: only these rows move; all if nil.
    /// - Throws: ``TediGANError/invalid(_:)`` for an unknown attribute or another shape.
    public func edited(
        _ code: LatentCode, _ attribute: String, strength: Double, layers chosen: [Int]? = nil
    ) throws(TediGANError) -> LatentCode {
        guard let index = attributes.firstIndex(of: attribute) else {
            throw .invalid("there is no direction of \(attribute); there are \(attributes.joined(separator: ", "))")
        }
        guard code.layers == layers, code.width == width, strength.isFinite else {
            throw .invalid("the code must be \(layers) x \(width), and the strength a number")
        }
        var result = code
        for layer in chosen ?? Array(0..<layers) where (0..<layers).contains(layer) {
            for place in layer * width..<(layer + 1) * width {
                result.values[place] += Float(strength * directions[index][place])
            }
        }
        return result
    }

    private static func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

    /// Gram-Schmidt, twice; rows that depend on earlier ones are left out.
    private static func orthonormal(_ rows: [[Double]]) -> [[Double]] {
        var basis: [[Double]] = []
        for row in rows {
            var rest = row
            for _ in 0..<2 {
                for axis in basis {
                    let share = dot(rest, axis)
                    for place in rest.indices { rest[place] -= share * axis[place] }
                }
            }
            let length = dot(rest, rest).squareRoot()
            guard length > 1e-6 * dot(row, row).squareRoot(), length > 0 else { continue }
            basis.append(rest.map { $0 / length })
        }
        return basis
    }

    /// X of A X = B for a symmetric positive A, by elimination with pivots.
    private static func solved(_ matrix: [[Double]], _ right: [[Double]]) -> [[Double]] {
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
