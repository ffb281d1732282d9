extension EditDirections {
    /// The directions without what they do to the other attributes, as these are read from codes.
    ///
    /// From each direction moves along the covariances of the other attributes are taken, as many as bring their
    /// readings back to where they were; what is left is stretched to the same effect on its own attribute. Directions
    /// themselves must not be made orthogonal to each other: hair colours share their axes, and what one attribute moves
    /// is not what another is read from; faces then change more besides, not less.
    ///
    /// Some attributes cannot be held: no face turns blond and keeps black hair. Those that ask for too much stretch are
    /// let go, the dearest first.
    /// - Parameters:
    ///   - readouts: of the same attributes and codes.
    ///   - largestStretch: how far a direction may be stretched; more would leave the codes that the generator knows.
    /// - Throws: ``TediGANError/invalid(_:)`` for readouts of other attributes or codes.
    public func orthogonalized(
        against readouts: AttributeReadouts, largestStretch: Double = 1.2
    ) throws(TediGANError) -> EditDirections {
        guard readouts.attributes == attributes, readouts.weights.allSatisfy({ $0.count == layers * width }) else {
            throw .invalid("the readouts are of other attributes or codes than the directions")
        }
        guard largestStretch >= 1 else { throw .invalid("the largest stretch must be at least 1") }
        let effects = Self.products(directions, readouts.weights)
        let moved = Self.products(readouts.covariances, readouts.weights)
        let rows = directions.indices.map { index in
            apart(index, effects[index], moved, readouts.covariances, largestStretch)
        }
        return try EditDirections(attributes: attributes, layers: layers, width: width, directions: rows)
    }

    /// One direction with the others held.
    /// - Parameters:
    ///   - effects: what it does to each reading.
    ///   - moved: what a move along each covariance does to each reading.
    ///   - moves: the covariances.
    private func apart(
        _ index: Int, _ effects: [Double], _ moved: [[Double]], _ moves: [[Double]], _ largestStretch: Double
    ) -> [Double] {
        guard effects[index] > 0 else { return directions[index] }
        var held = directions.indices.filter { $0 != index && moved[$0][$0] > 0 }
        while !held.isEmpty {
            var table = held.map { to in held.map { from in moved[from][to] } }
            // Attributes that are nearly read from the same place would else be played off against each other.
            for (place, other) in held.enumerated() { table[place][place] += 0.01 * moved[other][other] }
            let shares = DenseAlgebra.solved(table, held.map { [effects[$0]] }).map { $0[0] }
            let costs = zip(held, shares).map { $1 * moved[$0][index] }
            let left = 1 - costs.reduce(0, +) / effects[index]
            if left * largestStretch >= 1 {
                var rest = directions[index]
                for (other, share) in zip(held, shares) {
                    for place in rest.indices { rest[place] -= share * moves[other][place] }
                }
                return rest.map { $0 / left }
            }
            guard let dearest = costs.indices.max(by: { costs[$0] < costs[$1] }) else { break }
            held.remove(at: dearest)
        }
        return directions[index]
    }

    private static func products(_ rows: [[Double]], _ columns: [[Double]]) -> [[Double]] {
        rows.map { row in columns.map { DenseAlgebra.dot(row, $0) } }
    }
}
