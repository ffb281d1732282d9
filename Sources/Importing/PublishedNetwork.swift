import Baselines
public import Layers
import Perception
public import TediGAN

/// A network whose weights were published, as its tensors tell it.
public struct PublishedNetwork: Sendable {
    /// The family.
    public let family: PartFamily
    /// What it is, for people: sizes included.
    public let summary: String
    /// The sizes, as a pack describes them.
    public let sizes: JSONValue
    /// Builds the network over a store, which then knows what is missing, left over or misshapen.
    public let build: @Sendable (ParameterScope) throws(LayerError) -> Void
}

extension PublishedNetwork {
    /// The family's name: what the part's file is called.
    public var name: String { family.rawValue }

    /// Describes a network.
    init(
        _ family: PartFamily, _ summary: String, _ sizes: some Encodable,
        _ build: @escaping @Sendable (ParameterScope) throws(LayerError) -> Void
    ) throws(LayerError) {
        do {
            self.init(family: family, summary: summary, sizes: try JSONValue(encoding: sizes), build: build)
        } catch {
            throw .invalid(error.description)
        }
    }

    /// The network as a part of a pack.
    ///
    /// - Throws: `TediGANError.invalid` for an encoder of pictures that no modality has.
    public func part() throws(TediGANError) -> PackPart {
        try PackPart(family: family, configuration: sizes)
    }
}

/// A kind of published network, and how it is told from others.
struct NetworkFamily: Sendable {
    /// A tensor that every network of the kind has, and none of another kind.
    let anchor: String
    /// Names of published files that are no part of the network, by their beginnings.
    var ignored: [String] = []
    /// The network that tensors of these shapes belong to.
    let recognize: @Sendable (Shapes) throws(LayerError) -> PublishedNetwork

    /// All kinds.
    static let all: [NetworkFamily] = [
        .styleGAN, .styleGAN2, .styleGAN2Discriminator, .inversionEncoder, .gradualStyleEncoder, .faceIdentity,
        .perceptualVGG16, .lpips, .clip, .sentenceEncoder, .inception, .dfgan, .landmarks,
    ]
}

/// The shapes of a state dictionary's tensors, and what can be read off them.
struct Shapes: Sendable {
    let all: [String: [Int]]

    /// Length of an axis of a tensor.
    func length(_ name: String, _ axis: Int) throws(LayerError) -> Int {
        guard let shape = all[name], shape.indices.contains(axis) else {
            throw .invalid("there is no \(name) with \(axis + 1) axes, by which the network's size is told")
        }
        return shape[axis]
    }

    /// How many names there are of the form prefix + number + suffix, counted from `first` without a gap.
    func count(_ prefix: String, _ suffix: String, from first: Int = 0) -> Int {
        var count = 0
        while all["\(prefix)\(first + count)\(suffix)"] != nil { count += 1 }
        return count
    }
}
