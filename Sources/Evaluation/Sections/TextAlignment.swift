import FaceData
public import TediGAN
import Torch
public import Training

/// How well pictures made from captions show what the captions name, seen by a judge that never trained the pack.
public struct TextAlignment: Codable, Sendable, Equatable {
    /// Captions, of faces that no training stage has seen.
    public var captions: Int
    /// Pictures per caption.
    public var samples: Int
    /// Mentions judged: one for each attribute named, per picture.
    public var mentions: Int
    /// Share of mentions that the judge confirms.
    public var accuracy: Double
    /// The same share, of mentions that something is there and that it is not.
    public var accuracyOfPresence: Double
    /// See ``accuracyOfPresence``.
    public var accuracyOfAbsence: Double
    /// What the judge would confirm by chance: the same mentions, looked for in the pictures of another caption.
    public var chance: Double
    /// Mean over attributes of each one's share.
    public var meanOverAttributes: Double
    /// The share of each attribute, by name.
    public var attributes: [String: Double]
    /// How often each attribute was named.
    public var counts: [String: Int]
    /// What the same judge confirms of the captions on the rendered faces that they describe: the ceiling.
    public var accuracyOnRenders: Double
    /// The same share of each attribute, by name.
    public var attributesOnRenders: [String: Double]
    /// Mean absolute pixel difference between two samples of one caption, over that of two captions' samples.
    public var diversity: Double

    /// The attribute with the lowest share, of those that were named often enough for a share to mean something.
    public var worst: (name: String, share: Double)? {
        let often = counts.filter { $0.value >= 10 }.keys
        return attributes.filter { often.isEmpty || often.contains($0.key) }
            .min { ($0.value, $0.key) < ($1.value, $1.key) }.map { (name: $0.key, share: $0.value) }
    }
}

/// Measures ``TextAlignment``.
public struct TextAlignmentTest {
    private let model: TextToImage
    private let judge: AttributeJudge
    private let observe: (Range<Int>) -> Void

    /// A test of `model` by `judge`.
    /// - Parameter observe: told which captions were just judged.
    public init(model: TextToImage, judge: AttributeJudge, observe: @escaping (Range<Int>) -> Void = { _ in }) {
        (self.model, self.judge, self.observe) = (model, judge, observe)
    }

    /// Makes `samples` pictures for one caption of each of `count` faces of the test split.
    public func run(captions count: Int, samples: Int, seed: UInt64) throws -> TextAlignment {
        let size = model.manifest.resolution
        let faces = FaceDataset(split: .test, seed: seed, count: max(count, 16), size: size, threads: 1)
        let grammar = CaptionGrammar(seed: seed &+ 9)
        var tally = MentionTally()
        var renders = MentionTally()
        var others = MentionTally()
        var spread = Spread()
        for start in stride(from: 0, to: count, by: 16) {
            let indices = Array(start..<min(start + 16, count))
            let captions = indices.map { grammar.caption(of: faces.faces[$0], face: $0, number: $0 % 10) }
            let requests = captions.enumerated().flatMap { offset, caption in
                (0..<samples).map { sample in
                    TextToImageRequest(
                        caption: caption.text, seed: seed &+ UInt64(indices[offset]), sample: sample)
                }
            }
            let made = try model.generate(requests)
            let pictures = try Tensor.images(
                bytes: made.flatMap(\.pixels), count: made.count, height: size, width: size)
            for (index, seen) in try judge.attributes(of: pictures).enumerated() {
                tally.add(seen, captions[index / samples].mentions)
                // A caption alone in its group has no other to be compared with.
                guard captions.count > 1 else { continue }
                others.add(seen, captions[(index / samples + 1) % captions.count].mentions)
            }
            for (caption, seen) in zip(captions, try judge.attributes(of: faces.pictures(indices))) {
                renders.add(seen, caption.mentions)
            }
            spread.add(made.map(\.pixels), samples: samples)
            observe(start..<start + indices.count)
        }
        return TextAlignment(
            captions: count, samples: samples, mentions: tally.mentions, accuracy: tally.accuracy,
            accuracyOfPresence: tally.accuracy(of: true), accuracyOfAbsence: tally.accuracy(of: false),
            chance: others.accuracy, meanOverAttributes: tally.meanOverAttributes, attributes: tally.shares,
            counts: tally.counts, accuracyOnRenders: renders.accuracy,
            attributesOnRenders: renders.shares, diversity: spread.ratio)
    }
}

/// Confirmed mentions per attribute.
private struct MentionTally {
    private var right: [FaceAttribute: Int] = [:]
    private var all: [FaceAttribute: Int] = [:]
    private var byValue: [Bool: (right: Int, all: Int)] = [:]

    mutating func add(_ seen: [Bool], _ said: [AttributeMention]) {
        for mention in said {
            let isRight = seen[mention.attribute.index] == mention.value
            all[mention.attribute, default: 0] += 1
            byValue[mention.value, default: (0, 0)].all += 1
            if isRight {
                right[mention.attribute, default: 0] += 1
                byValue[mention.value, default: (0, 0)].right += 1
            }
        }
    }

    var mentions: Int { all.values.reduce(0, +) }
    func accuracy(of value: Bool) -> Double {
        byValue[value].map { Double($0.right) / Double(max(1, $0.all)) } ?? 0
    }

    var accuracy: Double { Double(right.values.reduce(0, +)) / Double(max(1, mentions)) }
    var counts: [String: Int] { Dictionary(uniqueKeysWithValues: all.map { ($0.key.name, $0.value) }) }
    var shares: [String: Double] {
        Dictionary(uniqueKeysWithValues: all.map { ($0.key.name, Double(right[$0.key] ?? 0) / Double($0.value)) })
    }
    var meanOverAttributes: Double { shares.values.reduce(0, +) / Double(max(1, shares.count)) }
}

/// Mean absolute differences between samples of one caption and between captions.
private struct Spread {
    private var within = (sum: 0.0, count: 0)
    private var between = (sum: 0.0, count: 0)

    mutating func add(_ pictures: [[UInt8]], samples: Int) {
        for index in pictures.indices.dropLast() {
            let isSame = index / samples == (index + 1) / samples
            let distance = Self.difference(pictures[index], pictures[index + 1])
            if isSame {
                within = (within.sum + distance, within.count + 1)
            } else {
                between = (between.sum + distance, between.count + 1)
            }
        }
    }

    var ratio: Double {
        guard within.count > 0, between.count > 0, between.sum > 0 else { return 0 }
        return within.sum / Double(within.count) / (between.sum / Double(between.count))
    }

    private static func difference(_ left: [UInt8], _ right: [UInt8]) -> Double {
        Double(zip(left, right).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }) / Double(max(1, left.count)) / 255
    }
}
