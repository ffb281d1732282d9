import Captions
import Perception

/// Channels of a perceptual VGG16, one per convolution.
public struct PerceptualSizes: Sendable, Hashable, Codable {
    /// Outputs of the thirteen convolutions.
    public var channels: [Int]

    /// Creates the sizes.
    public init(channels: [Int]) { self.channels = channels }
}

/// Which version of LPIPS.
public struct LPIPSSizes: Sendable, Hashable, Codable {
    /// "0.1", the published one.
    public var version: String

    /// Creates the sizes.
    public init(version: String = "0.1") { self.version = version }
}

/// Sizes of an identity network.
public struct IdentitySizes: Sendable, Hashable, Codable {
    /// Layers of its backbone.
    public var depth: Int
    /// Whether its blocks weigh their channels.
    public var excites: Bool
    /// Height and width of its faces, in pixels.
    public var size: Int

    /// Creates the sizes.
    public init(depth: Int, excites: Bool, size: Int) {
        (self.depth, self.excites, self.size) = (depth, excites, size)
    }
}

/// Size of the Inception network's pictures.
public struct InceptionSizes: Sendable, Hashable, Codable {
    /// Height and width, in pixels.
    public var size: Int

    /// Creates the sizes.
    public init(size: Int = 299) { self.size = size }
}

/// Size of a landmark network.
public struct LandmarkSizes: Sendable, Hashable, Codable {
    /// Channels of its first block.
    public var width: Int

    /// Creates the size.
    public init(width: Int = 16) { self.width = width }
}

/// What a judge tells, and the pictures that it looks at.
public struct JudgeSizes: Sendable, Hashable, Codable {
    /// Height and width of its pictures, in pixels.
    public var size: Int
    /// Channels of its first block.
    public var width: Int
    /// What it tells, in the order of its outputs: attributes, or regions.
    public var names: [String]

    /// Creates the sizes.
    public init(size: Int, width: Int, names: [String]) {
        (self.size, self.width, self.names) = (size, width, names)
    }

    /// Checks the numbers.
    func validate(_ title: String) throws(TediGANError) {
        guard (16...1_024).contains(size), size.nonzeroBitCount == 1, (1...512).contains(width) else {
            throw .invalid("a \(title) sees pictures of 16, 32 ... 1024 pixels and begins with 1...512 channels")
        }
        guard (1...4_096).contains(names.count), Set(names).count == names.count,
            names.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 200 })
        else { throw .invalid("a \(title) tells 1...4096 things, each by a name of its own") }
    }
}

/// Sizes of DAMSM's text encoder.
public struct SentenceSizes: Sendable, Hashable, Codable {
    /// Words, with the padding.
    public var vocabularySize: Int
    /// Width of a word's vector.
    public var embeddingWidth: Int
    /// Width of the sentence's vector.
    public var hiddenWidth: Int
    /// Layers of the LSTM.
    public var layers: Int
    /// Whether a second pass reads from the end.
    public var bidirectional: Bool

    /// Creates the sizes.
    public init(vocabularySize: Int, embeddingWidth: Int, hiddenWidth: Int, layers: Int, bidirectional: Bool) {
        self.vocabularySize = vocabularySize
        self.embeddingWidth = embeddingWidth
        self.hiddenWidth = hiddenWidth
        self.layers = layers
        self.bidirectional = bidirectional
    }
}

extension PackManifest {
    /// Checks that there is one network per role, that it can have the role, and that its codes are the generator's.
    func validateParts() throws(TediGANError) {
        guard Set(parts.map(\.role)).count == parts.count, Set(parts.map(\.file)).count == parts.count else {
            throw .invalid("a pack has one network of each role, and a file for each")
        }
        guard let generator = part(.generator) else {
            throw .invalid("a pack needs a generator; import its checkpoint together with the others")
        }
        let shape = try PackShape(generator: generator)
        guard resolution == shape.resolution, layers == shape.layers, width == shape.width else {
            throw .invalid("resolution, layers and width are not those of the generator")
        }
        for part in parts {
            guard part.family.roles.contains(part.role) else {
                throw .invalid("a network of the family \(part.family.rawValue) is no \(part.role.title)")
            }
            guard ![PackFile.policy, PackFile.manifest, PackFile.merges].contains(part.file) else {
                throw .invalid("\(part.file) is not a file for the \(part.role.title)")
            }
            try validate(part)
        }
        guard part(.text) == nil || vocabulary != nil else { throw .invalid("the text encoder has no vocabulary") }
    }

    private func validate(_ part: PackPart) throws(TediGANError) {
        switch part.family {
        case .styleGAN, .styleGAN2, .dfgan: break
        case .styleGANDiscriminator:
            let sizes: GeneratorConfiguration = try part.sizes()
            try sizes.validate()
            try requireResolution(sizes.resolution)
        case .styleGAN2Discriminator:
            let sizes: StyleGAN2Configuration = try part.sizes()
            try sizes.validate()
            try requireResolution(sizes.resolution)
        case .textEncoder:
            let sizes: TextEncoderConfiguration = try part.sizes()
            try sizes.validate()
            try require(part, makes: sizes.layers, by: sizes.wDimension)
            guard sizes.vocabularySize == vocabulary?.count else {
                throw .invalid(
                    "the text encoder knows \(sizes.vocabularySize) words, the vocabulary \(vocabulary?.count ?? 0)")
            }
        case .inversionEncoder:
            let sizes: InversionEncoderConfiguration = try part.sizes()
            try sizes.validate()
            try require(part, makes: sizes.layers, by: sizes.wDimension)
            try require(part, reads: sizes.imageChannels)
        case .gradualStyleEncoder:
            let sizes: GradualStyleEncoderConfiguration = try part.sizes()
            try sizes.validate()
            try require(part, makes: sizes.layers, by: GradualStyleEncoder.width)
            try require(part, reads: sizes.imageChannels)
        case .perceptual:
            let sizes: PerceptualSizes = try part.sizes()
            guard sizes.channels.count == 13, sizes.channels.allSatisfy((1...4096).contains) else {
                throw .invalid("a perceptual VGG16 has thirteen convolutions of 1...4096 channels")
            }
        case .lpipsAlex, .lpipsVGG: _ = try part.sizes(LPIPSSizes.self)
        case .identity: _ = try part.sizes(IdentitySizes.self)
        case .clip: _ = try part.sizes(CLIPConfiguration.self)
        case .inception: _ = try part.sizes(InceptionSizes.self)
        case .landmarks:
            let sizes: LandmarkSizes = try part.sizes()
            guard (1...256).contains(sizes.width) else { throw .invalid("a landmark network's width is 1...256") }
        case .attributes, .regions:
            let sizes: JudgeSizes = try part.sizes()
            try sizes.validate(part.role.title)
        case .sentenceEncoder:
            let sizes: SentenceSizes = try part.sizes()
            let all = [sizes.vocabularySize, sizes.embeddingWidth, sizes.hiddenWidth, sizes.layers]
            guard all.allSatisfy((1...1_048_576).contains), sizes.layers <= 8 else {
                throw .invalid("the sizes of the DAMSM text encoder are out of range")
            }
        }
    }

    private func requireResolution(_ size: Int) throws(TediGANError) {
        guard size == resolution else {
            throw .invalid("the discriminator sees \(size) pixels, the generator draws \(resolution)")
        }
    }

    private func require(_ part: PackPart, makes rows: Int, by columns: Int) throws(TediGANError) {
        guard rows == layers, columns == width else {
            throw .invalid(
                "the \(part.role.title) makes codes of \(rows) layers x \(columns), the generator takes \(layers) x "
                    + "\(width)")
        }
    }

    private func require(_ part: PackPart, reads channels: Int) throws(TediGANError) {
        guard try PartFamily.role(imageChannels: channels) == part.role else {
            throw .invalid("a network that reads \(channels) channels is no \(part.role.title)")
        }
    }
}

/// What a pack's generator asks of all other networks.
struct PackShape {
    /// Height and width of the images, in pixels.
    let resolution: Int
    /// L.
    let layers: Int
    /// C.
    let width: Int
    /// ψ where nobody says.
    let truncation: Double

    /// Reads it off the generator's sizes.
    init(generator part: PackPart) throws(TediGANError) {
        switch part.family {
        case .styleGAN:
            let sizes: GeneratorConfiguration = try part.sizes()
            try sizes.validate()
            (resolution, layers, width) = (sizes.resolution, sizes.layers, sizes.wDimension)
            truncation = min(10, max(0, sizes.truncationPsi))
        case .styleGAN2:
            let sizes: StyleGAN2Configuration = try part.sizes()
            try sizes.validate()
            (resolution, layers, width) = (sizes.resolution, sizes.layers, sizes.styleDimension)
            truncation = 0.7
        default: throw .invalid("a network of the family \(part.family.rawValue) is no generator of codes")
        }
    }
}
