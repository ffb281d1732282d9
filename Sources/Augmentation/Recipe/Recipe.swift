package import FaceData

/// What an augmentation run is to make of each image of a data set, and what is good enough.
///
/// The same recipe and the same data set give the same samples: seeds follow from the recipe, the sample's key and the
/// number of the try.
package struct Recipe: Codable, Hashable, Sendable {
    /// What it is called, for people.
    package var name: String
    /// Name or digest of the model; nil where workers have only one.
    package var model: String?
    /// Decides everything that is drawn.
    package var seed: UInt64
    /// Most tries of one sample before it counts as rejected.
    package var tries: Int
    /// What is made, in the order in which it is made.
    package var policies: [Policy]
    /// What is written.
    package var output: Output

    /// One way to make samples from an image.
    package struct Policy: Codable, Hashable, Sendable {
        /// Part of the keys of its samples, unique in the recipe.
        package var name: String
        /// Samples of each image; of a plan that balances, the most.
        package var variants: Int
        /// What is good enough.
        package var gates: Gates
        /// What it does.
        package var work: Work
    }

    /// What a policy does.
    package enum Work: Codable, Hashable, Sendable {
        /// Changes attributes of the photo.
        case edit(Edit)
        /// Gives the photo's face the colours of drawn codes.
        case style(Style)
        /// Draws another face on the photo's sketch or label map.
        case resynthesis(Resynthesis)
        /// Keeps the photo and says the same in other words.
        case paraphrase
    }

    /// Changes of attributes.
    package struct Edit: Codable, Hashable, Sendable {
        /// Shares of attributes to come to; empty where ``changes`` are given.
        package var balance: [Target]
        /// Changes to make in turn, the first variant the first.
        package var changes: [[Change]]
        /// How far an edit goes; nil for as far as the words say.
        package var strength: Double?
        /// Steps of optimisation behind the edit.
        package var steps: Int?
    }

    /// The share of faces that should have an attribute, sources and samples together.
    package struct Target: Codable, Hashable, Sendable {
        package var attribute: FaceAttribute
        package var share: Double
        /// Line of the recipe, for messages alone.
        package var line = 0

        package init(attribute: FaceAttribute, share: Double, line: Int = 0) {
            self.attribute = attribute
            self.share = share
            self.line = line
        }

        private enum CodingKeys: String, CodingKey { case attribute, share }
    }

    /// An attribute that is to hold, or not to.
    package struct Change: Codable, Hashable, Sendable {
        package var attribute: FaceAttribute
        package var value: Bool

        /// Such as `+Smiling`.
        package var text: String { (value ? "+" : "-") + attribute.name }

        package init(attribute: FaceAttribute, value: Bool) {
            self.attribute = attribute
            self.value = value
        }

        /// Reads ``text``.
        package init?(text: String) {
            guard let sign = text.first, "+-".contains(sign),
                let attribute = FaceAttribute(rawValue: String(text.dropFirst()))
            else { return nil }
            self.init(attribute: attribute, value: sign == "+")
        }
    }

    /// Colours from drawn codes.
    package struct Style: Codable, Hashable, Sendable {
        /// Layers that are taken from the drawn code; the others keep the face.
        package var layers: [Int]
        /// How many codes are drawn, once for the whole run.
        package var styles: Int
    }

    /// Another face on the same lines.
    package struct Resynthesis: Codable, Hashable, Sendable {
        /// What gives the lines.
        package enum Ground: String, Codable, Sendable, CaseIterable {
            case labels, sketch
        }

        package var from: Ground
        /// Whether the image's first caption says what the lines leave open.
        package var usesCaption: Bool
        /// Layers of the drawn style; nil for the model's own.
        package var layers: [Int]?
    }

    /// Bounds of the scores of a sample; one that a job of its kind does not have bounds nothing.
    package struct Gates: Codable, Hashable, Sendable {
        /// Least similarity of picture and words.
        package var similarity: Double?
        /// Least likeness to the face of the photo.
        package var identity: Double?
        /// Greatest change of what should have stayed.
        package var drift: Double?
        /// Greatest unlikeness to a picture of a face.
        package var artefact: Double?

        package init(
            similarity: Double? = nil, identity: Double? = nil, drift: Double? = nil, artefact: Double? = nil
        ) {
            self.similarity = similarity
            self.identity = identity
            self.drift = drift
            self.artefact = artefact
        }

        /// Whether nothing is bounded.
        package var isEmpty: Bool { self == Gates() }
    }

    /// What is written.
    package struct Output: Codable, Hashable, Sendable {
        /// A folder of pictures with `metadata.jsonl`.
        package var images = true
        /// WebDataset shards.
        package var shards = true
        /// Samples of a shard.
        package var shardSize = 1000
        /// Pictures that a gate kept out, apart.
        package var rejects = true
    }
}

extension Recipe.Policy {
    /// Whether its samples have a label map that is valid for them.
    package var writesLabels: Bool {
        if case .resynthesis(let work) = work { return work.from == .labels }
        return false
    }

    /// What its samples are drawn on; nil where that is the picture itself.
    var ground: FacePart? {
        guard case .resynthesis(let work) = work else { return nil }
        return work.from == .labels ? .labels : .sketch
    }

    /// Whether workers have to do something for it.
    package var needsWorkers: Bool { work != .paraphrase }

    /// The word for what it does.
    package var kind: String {
        switch work {
        case .edit: "edit"
        case .style: "style"
        case .resynthesis: "resynthesis"
        case .paraphrase: "paraphrase"
        }
    }
}
