internal import CTorch

/// The type of a tensor's elements.
public enum DType: String, Hashable, Sendable, CaseIterable {
    /// 32-bit floating point.
    case float32
    /// 64-bit floating point.
    case float64
    /// IEEE half precision.
    case float16
    /// The upper half of a `float32`.
    case bfloat16
    /// 64-bit signed integers; ids and indices.
    case int64
    /// 32-bit signed integers.
    case int32
    /// Bytes.
    case uint8
    /// Truth values, a byte each.
    case bool

    /// Bytes per element.
    public var byteCount: Int {
        switch self {
        case .float64, .int64: 8
        case .float32, .int32: 4
        case .float16, .bfloat16: 2
        case .uint8, .bool: 1
        }
    }

    /// Whether the elements are floating point, and so may have gradients.
    public var isFloatingPoint: Bool {
        switch self {
        case .float32, .float64, .float16, .bfloat16: true
        case .int64, .int32, .uint8, .bool: false
        }
    }

    init?(code: ct_dtype) {
        guard let found = DType.allCases.first(where: { $0.code == code }) else { return nil }
        self = found
    }

    var code: ct_dtype {
        switch self {
        case .float32: CT_FLOAT32
        case .float64: CT_FLOAT64
        case .float16: CT_FLOAT16
        case .bfloat16: CT_BFLOAT16
        case .int64: CT_INT64
        case .int32: CT_INT32
        case .uint8: CT_UINT8
        case .bool: CT_BOOL
        }
    }
}
