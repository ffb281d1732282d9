public import FaceData
import Foundation

/// Whether pictures find their own caption among others: R-precision.
///
/// The match is our own, by what a judge reads from the picture: a caption scores Σ log p(m | picture) / p(m) over its
/// mentions m, where p(m) is how often the mention is true of any face. This is the pointwise mutual information of
/// picture and caption, were attributes independent: what is rare and seen counts most, and neither short nor long
/// captions are preferred. Published R-precisions match by a network of pictures and words (DAMSM, CLIP) instead, and
/// cannot be compared.
///
/// Source: Xu et al., "AttnGAN", 2018, for the question, with 99 other captions; the match is our design.
public struct CaptionRetrieval: Sendable, Hashable, Codable {
    /// Share of pictures whose own caption scores highest; one that shares the place with k others counts 1 / (k + 1).
    public let precision: Double
    /// Pictures asked.
    public let pictures: Int
    /// Captions beside the picture's own.
    public let others: Int

    /// What a picture that shows nothing would reach.
    public var chance: Double { 1 / Double(others + 1) }

    /// Lets pictures find their captions.
    /// - Parameters:
    ///   - probabilities: per picture, how likely each attribute is there, as a judge sees it.
    ///   - mentions: what the caption of each picture says.
    ///   - rates: how often each attribute is there in any face.
    ///   - others: captions of other pictures beside its own; all there are if that is fewer.
    ///   - seed: of the choice of others.
    public init(
        probabilities: [[Double]], mentions: [[AttributeMention]], rates: [Double], others: Int = 99, seed: UInt64 = 1
    ) {
        self.init(
            probabilities: probabilities,
            claims: mentions.map { $0.map { Claim(place: $0.attribute.index, $0.value) } },
            rates: rates, others: others, seed: seed)
    }

    /// What a caption says of one of a judge's attributes.
    struct Claim: Hashable {
        /// Which of the judge's attributes.
        let place: Int
        /// Whether it is said to be there.
        let value: Bool

        init(place: Int, _ value: Bool) { (self.place, self.value) = (place, value) }
    }

    /// The same for a judge of any attributes.
    init(
        probabilities: [[Double]], claims mentions: [[Claim]], rates: [Double], others: Int = 99, seed: UInt64 = 1
    ) {
        let scores = Scores(rates: rates)
        let count = min(probabilities.count, mentions.count)
        let rivals = min(others, max(0, count - 1))
        var found = 0.0
        for picture in 0..<count {
            var random = CounterRandom(seed: seed, index: picture, stream: 0x2E72)
            let chosen = (0..<count).filter { $0 != picture }.shuffled(using: &random).prefix(rivals)
            let own = scores.score(mentions[picture], probabilities[picture])
            let against = chosen.map { scores.score(mentions[$0], probabilities[picture]) }
            // Captions that say the same score the same but for rounding.
            guard !against.contains(where: { $0 > own + 1e-9 }) else { continue }
            found += 1 / Double(1 + against.count { $0 >= own - 1e-9 })
        }
        precision = count > 0 ? found / Double(count) : 0
        (pictures, self.others) = (count, rivals)
    }

    private struct Scores {
        let rates: [Double]

        func score(_ mentions: [Claim], _ seen: [Double]) -> Double {
            mentions.reduce(0) { sum, mention in
                sum + log(Self.share(seen[mention.place], mention) / Self.share(rates[mention.place], mention))
            }
        }

        /// One judgement must not outweigh all others: a judge is never surer than 99 %.
        private static func share(_ share: Double, _ mention: Claim) -> Double {
            min(0.99, max(0.01, mention.value ? share : 1 - share))
        }
    }
}
