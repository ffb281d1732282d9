public import Torch

/// Which bytes of a checkpoint are which tensor; the numbers stay in the file until ``Checkpoint/read(_:device:)``.
public struct TensorRecord: Hashable, Sendable {
    /// The key or attribute under which the file holds it; empty in a list.
    public internal(set) var name: String
    /// Length of each axis; empty for a scalar.
    public let shape: [Int]
    /// Distance of neighbours along each axis, in elements.
    public let strides: [Int]
    /// The first element's place in the storage, in elements.
    public let offset: Int
    /// Key of the storage, which several tensors may share; never a path.
    public let storage: String
    let type: ElementType

    /// Type of the elements, or nil for one that no ``Torch/Tensor`` holds.
    public var dtype: DType? { type.dtype }

    /// PyTorch's name of the element type, also of one that cannot be read.
    public var typeName: String { type.rawValue }
}

/// The types of elements that checkpoints contain, under PyTorch's names.
enum ElementType: String, Hashable, Sendable, CaseIterable {
    case float32, float64, float16, bfloat16, int64, int32, int16, int8, uint8, bool
    case uint16, uint32, uint64
    case complex32, complex64, complex128
    case qint8, quint8, qint32
    case float8E4M3 = "float8_e4m3fn"
    case float8E5M2 = "float8_e5m2"
    /// Bytes whose type only the tensor says.
    case untyped = "untyped bytes"

    /// Bytes per element.
    var byteCount: Int {
        switch self {
        case .complex128: 16
        case .float64, .int64, .uint64, .complex64: 8
        case .float32, .int32, .uint32, .complex32, .qint32: 4
        case .float16, .bfloat16, .int16, .uint16: 2
        case .int8, .uint8, .bool, .qint8, .quint8, .float8E4M3, .float8E5M2, .untyped: 1
        }
    }

    var dtype: DType? { DType(rawValue: rawValue) }

    /// The type of the elements of a storage class of Python.
    init?(storageClass name: String) {
        switch name {
        case "FloatStorage": self = .float32
        case "DoubleStorage": self = .float64
        case "HalfStorage": self = .float16
        case "BFloat16Storage": self = .bfloat16
        case "LongStorage": self = .int64
        case "IntStorage": self = .int32
        case "ShortStorage": self = .int16
        case "CharStorage": self = .int8
        case "ByteStorage": self = .uint8
        case "BoolStorage": self = .bool
        case "ComplexFloatStorage": self = .complex64
        case "ComplexDoubleStorage": self = .complex128
        case "QInt8Storage": self = .qint8
        case "QUInt8Storage": self = .quint8
        case "QInt32Storage": self = .qint32
        case "UntypedStorage": self = .untyped
        default: return nil
        }
    }
}

/// A storage as a pickle names it.
struct StorageReference: Hashable, Sendable {
    let key: String
    let type: ElementType
    /// Elements of the whole storage.
    let count: Int
    /// The part that tensors see, in elements: old files hold views of storages.
    let visible: Range<Int>

    /// Bytes of the whole storage; the count was checked to allow it.
    var byteCount: Int { count * type.byteCount }
}
