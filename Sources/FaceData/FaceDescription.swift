/// What is known of a face, as far as captions can tell it: of a drawn face everything, of others what somebody noted.
public struct FaceDescription: Sendable, Hashable {
    /// Further traits that hold.
    public var traits: Set<FaceTrait> = []

    private var values = [Bool?](repeating: nil, count: FaceAttribute.allCases.count)

    /// A face of which nothing is known.
    public init() {}

    /// A drawn face.
    public init(_ parameters: FaceParameters) {
        values = parameters.attributes
    }

    /// Whether an attribute holds; nil where that is not known, and so is never said.
    public subscript(_ attribute: FaceAttribute) -> Bool? {
        get { values[attribute.index] }
        set { values[attribute.index] = newValue }
    }

    func has(_ attribute: FaceAttribute) -> Bool { self[attribute] == true }

    func lacks(_ attribute: FaceAttribute) -> Bool { self[attribute] == false }
}

/// A trait of a photographed face that CelebA notes and that drawn faces do not have; said where it holds, never denied.
public enum FaceTrait: String, Sendable, Hashable, CaseIterable {
    case stubble = "5_o_Clock_Shadow"
    case attractive = "Attractive"
    case bagsUnderEyes = "Bags_Under_Eyes"
    case doubleChin = "Double_Chin"
    case highCheekbones = "High_Cheekbones"
    case pointyNose = "Pointy_Nose"
    case recedingHairline = "Receding_Hairline"
    case sideburns = "Sideburns"

    /// The name in CelebA's attribute file.
    public var name: String { rawValue }

    var form: CaptionForm {
        switch self {
        case .stubble: CaptionForm(.noun, "stubble")
        case .attractive: CaptionForm(.adjective, "attractive")
        case .bagsUnderEyes: CaptionForm(.noun, "bags under the eyes")
        case .doubleChin: CaptionForm(.noun, "a double chin")
        case .highCheekbones: CaptionForm(.noun, "high cheekbones")
        case .pointyNose: CaptionForm(.noun, "a pointy nose")
        case .recedingHairline: CaptionForm(.noun, "a receding hairline")
        case .sideburns: CaptionForm(.noun, "sideburns")
        }
    }
}
