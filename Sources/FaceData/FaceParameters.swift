/// Everything about one drawn face: its attributes and the linear code that the renderer draws.
public struct FaceParameters: Sendable, Hashable {
    /// Whether each attribute holds, in the order of `FaceAttribute.allCases`.
    public internal(set) var attributes: [Bool]

    /// The linear code; equal codes give equal pictures.
    public internal(set) var code: FaceCode

    /// The values of the linear code in the order of ``FaceFeature``, ``FaceCode/count`` of them.
    public var features: [Float] { code.values }

    /// The names of the attributes in the order of ``attributes``.
    public static let attributeNames = FaceAttribute.allCases.map(\.name)

    /// Creates parameters without any attribute and with a code of zeros.
    init() {
        attributes = [Bool](repeating: false, count: FaceAttribute.allCases.count)
        code = FaceCode()
    }

    /// Whether an attribute holds.
    public subscript(_ attribute: FaceAttribute) -> Bool {
        attributes[attribute.index]
    }

    /// The attributes that hold.
    public var present: [FaceAttribute] { FaceAttribute.allCases.filter { self[$0] } }
}

/// A disjoint part of the faces; each one draws from its own seed.
public enum FaceSplit: String, Sendable, Hashable, CaseIterable {
    case training, validation, test

    /// The sampler seed of this part for a data set's base seed.
    public func seed(base: UInt64) -> UInt64 {
        let salt: UInt64 =
            switch self {
            case .training: 0x7472_6169_6E00_0001
            case .validation: 0x7661_6C69_6400_0002
            case .test: 0x7465_7374_0000_0003
            }
        return CounterRandom(seed: base ^ salt, index: 0).first
    }
}

extension CounterRandom {
    /// The first number of the stream.
    fileprivate var first: UInt64 {
        var copy = self
        return copy.next()
    }
}
