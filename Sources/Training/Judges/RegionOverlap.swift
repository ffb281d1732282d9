/// Intersection over union of regions, over all pixels of many pictures.
public struct RegionOverlap: Sendable, Hashable {
    private var shared = [Int](repeating: 0, count: SegmentedRegion.allCases.count)
    private var either = [Int](repeating: 0, count: SegmentedRegion.allCases.count)

    /// An overlap of no pixels yet.
    public init() {}

    /// Adds pixels: the region that is seen in each, and the one that it shows, as raw values of ``SegmentedRegion``.
    public mutating func add(seen: [UInt8], truth: [UInt8]) {
        for (seen, truth) in zip(seen, truth) {
            either[Int(truth)] += 1
            if seen == truth { shared[Int(truth)] += 1 } else { either[Int(seen)] += 1 }
        }
    }

    /// Pixels in both over pixels in either, by the name of the region; regions that nobody saw are left out.
    public var shares: [String: Double] {
        var shares: [String: Double] = [:]
        for (name, (shared, either)) in zip(SegmentedRegion.names, zip(shared, either)) where either > 0 {
            shares[name] = Double(shared) / Double(either)
        }
        return shares
    }

    /// Mean over regions; 0 where there are none.
    public var mean: Double { shares.isEmpty ? 0 : shares.values.reduce(0, +) / Double(shares.count) }
}
