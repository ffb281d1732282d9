import Foundation

/// Figures of the pictures of a finished batch.
///
/// A judge of attributes looks at every picture; what it confirms of the caption, and what it sees in all, is counted.
/// Pictures are also compared, by the judge's features, with faces that the pack draws of noise: what a batch leaves out
/// of what the pack can draw. Such figures compare with nothing published.
public struct BatchReport: Codable, Sendable, Hashable {
    /// What the judge says of one attribute.
    public struct Attribute: Codable, Sendable, Hashable {
        /// Its name.
        public var name: String
        /// Captions that name it.
        public var named: Int
        /// Share of these whose picture shows it as they say; absent where none name it.
        public var confirmed: Double?
        /// Share of all pictures that show it.
        public var seen: Double
        /// Share of faces of noise that show it.
        public var usual: Double
    }

    /// How far a set of pictures is from faces of noise.
    public struct Distance: Codable, Sendable, Hashable {
        /// The Fréchet distance; larger for fewer pictures, so that it compares only with as many.
        public var frechet: Double
        /// The kernel distance, which does not depend on how many there are.
        public var kernel: Double
        /// Its deviation over subsets.
        public var kernelDeviation: Double
        /// Faces of noise.
        public var references: Int
    }

    /// Version of this form.
    public var version = 1
    /// The pack by digest.
    public var pack: String
    /// Pictures judged.
    public var pictures: Int
    /// Different captions.
    public var captions: Int
    /// Things that captions say, over all pictures.
    public var mentions: Int
    /// Share of these that the judge confirms.
    public var accuracy: Double?
    /// The same, of what is said to be there.
    public var accuracyOfPresence: Double?
    /// The same, of what is said not to be there.
    public var accuracyOfAbsence: Double?
    /// How well pictures show their captions, in the mean: how sure the judge is of what is named, 0...1.
    public var similarity: Double?
    /// Share of captions that are found by their first picture among up to 99 others; absent for fewer than four.
    public var retrieval: CaptionRetrieval?
    /// Mean distance of two pictures of one caption, over that of two captions' pictures; absent where no caption has
    /// two.
    public var diversity: Double?
    /// How far the pictures are from faces of noise; absent for fewer than eight.
    public var distance: Distance?
    /// Each attribute in turn.
    public var attributes: [Attribute]

    /// The report as JSON, keys in order.
    public func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self)) + [0x0A]
    }
}
