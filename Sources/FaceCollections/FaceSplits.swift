public import FaceData

/// A file that lists the stems of a split, one per line.
public struct FaceSplitList: Sendable, Hashable {
    /// The split.
    public let split: FaceSplit
    /// The file's name.
    public let file: String

    /// Names the file of a split.
    public init(_ split: FaceSplit, _ file: String) {
        (self.split, self.file) = (split, file)
    }
}

/// How faces are divided where no list says it.
enum FaceSplitRule {
    /// The splits of faces with these stems.
    ///
    /// Numbers up to 29,999, some of them from 24,000, are those of CelebA-HQ, which Multi-Modal CelebA-HQ divides into
    /// 24,000 to train and 6,000 to test; of those to train, one in twenty is held out by the hash of its stem. All else
    /// is divided by that hash alone, 90 to 5 to 5: a face stays in its split when others come or go.
    static func split(_ stems: [String]) -> [FaceSplit: [Int]] {
        let numbers = stems.map { FaceStem.number($0) }
        let isCelebA =
            numbers.allSatisfy { $0.map { $0 < 30_000 } ?? false } && numbers.contains { ($0 ?? 0) >= 24_000 }
        return Dictionary(
            grouping: stems.indices,
            by: { face in
                let draw = draw(stems[face])
                guard isCelebA else { return draw < 0.9 ? .training : draw < 0.95 ? .validation : .test }
                guard (numbers[face] ?? 0) < 24_000 else { return .test }
                return draw < 0.95 ? .training : .validation
            })
    }

    /// A number from 0 to 1 that belongs to a stem.
    private static func draw(_ stem: String) -> Double {
        // The generator mixes the bits; those of the hash alone are too even for short names.
        var random = CounterRandom(seed: 0x5B11_7000, index: FaceStem.hash(stem))
        return random.uniform()
    }
}
