/// Why a safetensors file could not be read or written.
public struct SafeTensorsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of fault.
    public enum Reason: Hashable, Sendable {
        /// The operating system refused; its own words.
        case system(String)
        /// Not a regular file.
        case notAFile
        /// The file ends before its header does, or within a tensor.
        case truncated
        /// The header claims more bytes than the limit allows.
        case headerTooLong(UInt64)
        /// The header is not the JSON that the format asks for.
        case malformedHeader(String)
        /// A name occurs twice.
        case duplicateName(String)
        /// A tensor of a type that this module does not hold.
        case unsupportedType(tensor: String, type: String)
        /// A tensor whose shape and type do not take the bytes that its offsets span.
        case shapeMismatch(tensor: String)
        /// A tensor whose offsets leave the file, overlap another's or leave a gap.
        case badOffsets(tensor: String)
        /// Bytes at the end that belong to no tensor.
        case trailingBytes(Int)
        /// A name that the format keeps for itself.
        case reservedName(String)
        /// LibTorch refused.
        case tensor(TorchError)
    }

    /// The file.
    public let path: String
    /// What is wrong with it.
    public let reason: Reason

    /// Makes an error about the file at `path`.
    public init(path: String, reason: Reason) {
        self.path = path
        self.reason = reason
    }

    /// The file and the fault on one line.
    public var description: String { "\(path): \(reason.text)" }
}

extension SafeTensorsError.Reason {
    var text: String {
        switch self {
        case .system(let message): message
        case .notAFile: "not a regular file"
        case .truncated: "the file is cut off; copy or download it again"
        case .headerTooLong(let length): "a header of \(length) bytes is over the limit; this is no safetensors file"
        case .malformedHeader(let message): "malformed header: \(message)"
        case .duplicateName(let name): "the name \(name) occurs twice"
        case .unsupportedType(let tensor, let type): "tensor \(tensor) has the unsupported type \(type)"
        case .shapeMismatch(let tensor): "shape and offsets of tensor \(tensor) do not agree"
        case .badOffsets(let tensor): "tensor \(tensor) has offsets outside the file, overlapping or with a gap"
        case .trailingBytes(let count): "\(count) bytes at the end belong to no tensor"
        case .reservedName(let name): "the name \(name) is reserved by the format"
        case .tensor(let error): error.description
        }
    }
}
