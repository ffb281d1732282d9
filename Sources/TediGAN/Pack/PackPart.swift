import Foundation

/// The kinds of networks that a pack can hold: what a part's sizes and tensors mean.
public enum PartFamily: String, Sendable, Hashable, Codable, CaseIterable {
    /// ``Generator``.
    case styleGAN = "stylegan"
    /// ``StyleGAN2Generator``.
    case styleGAN2 = "stylegan2"
    /// ``Discriminator``.
    case styleGANDiscriminator = "stylegan-discriminator"
    /// ``StyleGAN2Discriminator``.
    case styleGAN2Discriminator = "stylegan2-discriminator"
    /// ``TextEncoder``.
    case textEncoder = "text"
    /// ``InversionEncoder``.
    case inversionEncoder = "encoder"
    /// ``GradualStyleEncoder``.
    case gradualStyleEncoder = "psp-encoder"
    /// VGG16 with the weights of Caffe.
    case perceptual
    /// LPIPS on AlexNet.
    case lpipsAlex = "lpips-alex"
    /// LPIPS on VGG16.
    case lpipsVGG = "lpips-vgg"
    /// ArcFace.
    case identity
    /// CLIP.
    case clip
    /// The Inception network of the FID.
    case inception
    /// ``SentenceEncoder``.
    case sentenceEncoder = "text-damsm"
    /// DF-GAN's generator.
    case dfgan
    /// The network that finds a face's points.
    case landmarks
    /// The network that tells attributes.
    case attributes
    /// The network that tells regions.
    case regions

    /// The roles that such a network can have.
    ///
    /// An encoder of pictures has the one that its number of channels tells; see ``role(imageChannels:)``.
    var roles: [PackRole] {
        switch self {
        case .styleGAN, .styleGAN2: [.generator]
        case .styleGANDiscriminator, .styleGAN2Discriminator: [.discriminator]
        case .textEncoder: [.text]
        case .inversionEncoder, .gradualStyleEncoder: [.photo, .sketch, .labels]
        case .perceptual: [.perceptual]
        case .lpipsAlex: [.lpipsAlex]
        case .lpipsVGG: [.lpipsVGG]
        case .identity: [.identity]
        case .clip: [.clip]
        case .inception: [.inception]
        case .sentenceEncoder: [.sentence]
        case .dfgan: [.baseline]
        case .landmarks: [.landmarks]
        case .attributes: [.attributes]
        case .regions: [.regions]
        }
    }

    /// The role of an encoder of pictures: photos have three channels, sketches one, label maps one per region.
    static func role(imageChannels: Int) throws(TediGANError) -> PackRole {
        switch imageChannels {
        case 3: return .photo
        case 1: return .sketch
        case LabelMap.regions.count: return .labels
        default:
            throw .invalid(
                "an encoder of \(imageChannels) channels reads neither photos (3), sketches (1) nor label maps "
                    + "(\(LabelMap.regions.count))")
        }
    }

    /// Whether a mean code may lie beside the network's tensors: published files keep it outside of the network.
    public var hasMeanBeside: Bool { self == .styleGAN2 || self == .gradualStyleEncoder }

    /// The name of that mean code in a part's file, as published: [C] or [L, C].
    public static let meanName = "latent_avg"
}

/// One network of a pack.
public struct PackPart: Sendable, Hashable, Codable {
    /// What it does.
    public var role: PackRole
    /// What it is.
    public var family: PartFamily
    /// Its sizes, an object; which ones, the family says.
    public var configuration: JSONValue
    /// The file of its tensors.
    public var file: String

    /// Creates a part.
    public init(role: PackRole, family: PartFamily, configuration: JSONValue, file: String? = nil) {
        self.role = role
        self.family = family
        self.configuration = configuration
        self.file = file ?? role.fileName
    }

    /// A part whose role its family and sizes tell.
    ///
    /// - Throws: ``TediGANError/invalid(_:)`` for an encoder of pictures that no modality has.
    public init(family: PartFamily, configuration: JSONValue) throws(TediGANError) {
        var role = family.roles[0]
        if family == .inversionEncoder || family == .gradualStyleEncoder {
            guard case .object(let sizes) = configuration, let channels = sizes["imageChannels"]?.integer else {
                throw .invalid("the sizes of the encoder tell no number of channels")
            }
            role = try PartFamily.role(imageChannels: channels)
        }
        self.init(role: role, family: family, configuration: configuration)
    }

    /// The sizes as the family's own type.
    ///
    /// - Throws: ``TediGANError/invalid(_:)`` naming a size that is missing, of another type, or unknown: a misspelt or
    ///   newer one is not passed over.
    public func sizes<Sizes: Codable>(_ type: Sizes.Type = Sizes.self) throws(TediGANError) -> Sizes {
        do {
            let sizes = try JSONDecoder().decode(Sizes.self, from: JSONEncoder().encode(configuration))
            let known = try JSONValue(encoding: sizes)
            if let field = configuration.unknownField(beside: known, at: role.rawValue) {
                throw TediGANError.invalid("pack.json has the unknown field \(field)")
            }
            return sizes
        } catch let error as TediGANError {
            throw error
        } catch {
            throw .invalid("the sizes of the \(role.title): \(PackManifest.text(of: error))")
        }
    }
}

extension JSONValue {
    /// What a value looks like as JSON.
    ///
    /// - Throws: ``TediGANError/invalid(_:)`` for numbers that JSON has not.
    public init(encoding value: some Encodable) throws(TediGANError) {
        do {
            self = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value))
        } catch {
            throw .invalid("\(value) cannot be written as JSON: \(error)")
        }
    }

    /// The first field here that another value lacks, by its path.
    func unknownField(beside known: JSONValue, at path: String) -> String? {
        switch (self, known) {
        case (.object(let given), .object(let known)):
            for (key, value) in given.sorted(by: { $0.key < $1.key }) {
                let place = path.isEmpty ? key : "\(path).\(key)"
                guard let kept = known[key] else { return place }
                if let field = value.unknownField(beside: kept, at: place) { return field }
            }
            return nil
        case (.array(let given), .array(let known)):
            for (index, pair) in zip(given, known).enumerated() {
                if let field = pair.0.unknownField(beside: pair.1, at: "\(path)[\(index)]") { return field }
            }
            return nil
        default:
            return nil
        }
    }
}
