internal import CTorch

/// Where a tensor's numbers live and its operations run.
public enum Device: Hashable, Sendable, CustomStringConvertible {
    /// The host's memory and processors.
    case cpu
    /// A CUDA device by its number, from 0.
    case cuda(Int)

    /// Reads `cpu`, `cuda` (the first one) or `cuda:N`; nil for anything else.
    public init?(_ text: String) {
        switch text {
        case "cpu": self = .cpu
        case "cuda": self = .cuda(0)
        default:
            let prefix = "cuda:"
            guard text.hasPrefix(prefix), let index = UInt8(text.dropFirst(prefix.count)), index < 128 else {
                return nil
            }
            self = .cuda(Int(index))
        }
    }

    /// The text that `init(_:)` reads.
    public var description: String {
        switch self {
        case .cpu: "cpu"
        case .cuda(let index): "cuda:\(index)"
        }
    }

    init(code: ct_device) {
        self = code.kind == CT_CUDA ? .cuda(Int(code.index)) : .cpu
    }

    var code: ct_device {
        switch self {
        case .cpu: ct_device(kind: CT_CPU, index: 0)
        case .cuda(let index): ct_device(kind: CT_CUDA, index: Int32(clamping: index))
        }
    }
}
