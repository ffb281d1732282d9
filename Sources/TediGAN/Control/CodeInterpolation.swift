extension LatentCode {
    /// The code a share of the way to another: 0 is this one, 1 the other; beyond, the line goes on.
    ///
    /// W+ is unrolled so that straight lines stay among faces; no arc is needed, as it would be between noise vectors.
    /// - Precondition: both codes have one shape.
    public func interpolated(to other: LatentCode, by share: Float) -> LatentCode {
        precondition(layers == other.layers && width == other.width, "codes of one shape")
        var result = self
        for place in values.indices { result.values[place] += share * (other.values[place] - values[place]) }
        return result
    }

    /// `count` codes from this one to another, both included, at even distances.
    ///
    /// - Parameter count: at least 2; fewer count as 2.
    public func path(to other: LatentCode, count: Int) -> [LatentCode] {
        let steps = max(2, count) - 1
        return (0...steps).map { interpolated(to: other, by: Float($0) / Float(steps)) }
    }
}

extension ControlMechanism {
    /// The base code moved towards the source in what is claimed: a text-guided edit of any strength.
    /// - Parameter strength: 0 leaves the base, 1 is ``mix(_:with:claims:)``; between, the edit is continuous.
    public func edit(
        _ base: LatentCode, towards source: LatentCode, claims: [Claim], strength: Float
    ) -> LatentCode {
        base.interpolated(to: mix(base, with: source, claims: claims), by: strength)
    }

    /// Codes that share with `content` what is claimed and differ in all else: diverse faces of one text.
    /// - Parameter styles: one code per result, from noise.
    public func variants(of content: LatentCode, claims: [Claim], styles: [LatentCode]) -> [LatentCode] {
        styles.map { mix($0, with: content, claims: claims) }
    }
}

extension LatentCode {
    /// `count` codes on the straight ways through others, at even distances, the first and the last included.
    ///
    /// - Precondition: there is at least one code, and all have one shape.
    public static func path(through codes: [LatentCode], count: Int) -> [LatentCode] {
        guard codes.count > 1, count > 1 else { return Array(repeating: codes[0], count: max(1, count)) }
        return (0..<count).map { step in
            // In whole numbers, so that a source is met exactly where a frame falls on it.
            let place = step * (codes.count - 1)
            let (way, rest) = (place / (count - 1), place % (count - 1))
            guard rest > 0 else { return codes[way] }
            return codes[way].interpolated(to: codes[way + 1], by: Float(rest) / Float(count - 1))
        }
    }
}
