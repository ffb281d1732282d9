/// For each attribute, the direction in W+ along which it changes while the other attributes stay.
///
/// The difference between the mean code of faces with an attribute and that of faces without it also holds whatever
/// comes along with the attribute in the data: glasses and age, beard and sex. That is the entanglement that the paper
/// names as its weakness. Two steps remove it:
///
/// 1. Codes are explained by all attributes at once (multiple regression), so that each direction is the change of one
///    attribute with the others held.
/// 2. From each direction is taken what it still does to that which the other attributes are read from
///    (``orthogonalized(against:largestStretch:)``).
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
    public let directions: [[Double]]

    /// How directions are read off labelled codes.
    public enum Method: String, Sendable, Hashable, Codable, CaseIterable {
        /// The mean code with the attribute less that without it: also moves what comes along with it in the data.
        case difference
        /// All attributes at once: each direction holds the others' labels.
        case regression
    }

    /// Measures the directions by labels; see ``init(of:scores:attributes:method:ridge:)``.
    public init(
        of codes: [LatentCode], labels: [[Bool]], attributes: [String], method: Method = .regression,
        ridge: Double = 1e-3
    ) throws(TediGANError) {
        try self.init(
            of: codes, scores: labels.map { row in row.map { $0 ? 1 : 0 } }, attributes: attributes, method: method,
            ridge: ridge)
    }

    /// Measures the directions.
    /// - Parameters:
    ///   - codes: codes of faces, more than there are attributes.
    ///   - scores: for each face, how much of each attribute is present, 0...1: labels, or a judge's probabilities, which
    ///     also tell the clear cases from the doubtful ones.
    ///   - attributes: their names.
    ///   - method: how.
    ///   - ridge: how strongly directions of attributes that nearly always go together are held back.
    /// - Throws: ``TediGANError/invalid(_:)`` if numbers do not fit, or an attribute is always or never present.
    public init(
        of codes: [LatentCode], scores: [[Double]], attributes: [String], method: Method = .regression,
        ridge: Double = 1e-3
    ) throws(TediGANError) {
        guard let first = codes.first, codes.count == scores.count, codes.count > attributes.count,
            scores.allSatisfy({ $0.count == attributes.count && $0.allSatisfy(\.isFinite) })
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
        let size = attributes.count
        let means = (0..<size).map { index in scores.reduce(0) { $0 + $1[index] } / count }
        var products = [[Double]](repeating: [Double](repeating: 0, count: size), count: size)
        var sums = [[Double]](repeating: [Double](repeating: 0, count: layers * width), count: size)
        for (code, row) in zip(codes, scores) {
            let centred = zip(row, means).map { $0 - $1 }
            for i in 0..<size {
                for j in 0..<size { products[i][j] += centred[i] * centred[j] / count }
                for (place, value) in code.values.enumerated() { sums[i][place] += centred[i] * Double(value) / count }
            }
        }
        for (index, name) in attributes.enumerated() where products[index][index] < 1e-9 {
            throw .invalid("all faces agree on \(name), so its direction cannot be measured")
        }
        for i in 0..<size {
            products[i][i] += ridge
            guard method == .difference else { continue }
            for j in 0..<size where j != i { products[i][j] = 0 }
        }
        directions = DenseAlgebra.solved(products, sums)
    }

    /// Directions that were measured before.
    /// - Throws: ``TediGANError/invalid(_:)`` if a row has another length, or there is not one per attribute.
    public init(
        attributes: [String], layers: Int, width: Int, directions: [[Double]]
    ) throws(TediGANError) {
        guard directions.count == attributes.count, directions.allSatisfy({ $0.count == layers * width }),
            directions.allSatisfy({ $0.allSatisfy(\.isFinite) }), Set(attributes).count == attributes.count
        else { throw .invalid("edit directions need one row of \(layers) x \(width) numbers per attribute") }
        self.attributes = attributes
        self.layers = layers
        self.width = width
        self.directions = directions
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
}
