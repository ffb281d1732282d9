public import Torch

/// Why a checkpoint could not be read.
public struct CheckpointError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of fault.
    public enum Reason: Hashable, Sendable {
        /// The operating system refused; its own words.
        case system(String)
        /// Not a regular file.
        case notAFile
        /// A file of another format; what it looks like, and what to do.
        case notACheckpoint(String)
        /// A pickle that does not begin with PyTorch's magic number.
        case wrongMagicNumber
        /// The file ends before the named part does.
        case truncated(String)
        /// Numbers with the most significant byte first.
        case bigEndian
        /// A ZIP archive whose directory is not as it must be.
        case damagedArchive(String)
        /// An entry of the archive that is compressed or encrypted.
        case packedEntry(String)
        /// An entry that claims more bytes than the file holds.
        case entryOutsideFile(entry: String, claimed: UInt64, fileSize: Int)
        /// An archive without `data.pkl`.
        case noPickle
        /// A name that no checkpoint needs, such as that of a function to call.
        case forbiddenGlobal(String)
        /// A pickle that is not as it must be.
        case malformedPickle(String)
        /// More than any checkpoint needs.
        case overLimit(String)
        /// A storage that the pickle names and the file lacks.
        case missingStorage(String)
        /// A storage whose size in the file is not what the pickle says. In bytes.
        case storageSize(storage: String, expected: Int, found: Int)
        /// A storage of a legacy file whose count of elements is not what the pickle says, with the bytes left.
        case storageCount(storage: String, claimed: UInt64, expected: Int, left: Int)
        /// A storage of a legacy file that is cut off. In bytes.
        case storageCutOff(storage: String, needed: Int, left: Int)
        /// A tensor that reaches out of its storage.
        case tensorOutsideStorage(shape: [Int], storage: String, elements: Int)
        /// A tensor that sees elements of its storage several times, other than along an axis without a step.
        case selfOverlapping(tensor: String)
        /// A tensor of a type that cannot be held.
        case unsupportedType(tensor: String, type: String)
        /// No dictionary of tensors at a place; the places there are.
        case noSuchPlace(String, known: [String])
        /// Tensors that see the same bytes so often that reading them would take far more memory than the file.
        case tooManyViews(place: String)
        /// The fault of a safetensors file.
        case safeTensors(SafeTensorsError.Reason)
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

extension CheckpointError.Reason {
    var text: String {
        switch self {
        case .system(let message): message
        case .notAFile: "not a regular file"
        case .notACheckpoint(let what): "not a checkpoint: \(what)"
        case .wrongMagicNumber:
            "not a known checkpoint container: a Python pickle with the wrong magic number, so not of torch.save; "
                + "convert it with the program that wrote it"
        case .truncated(let part): "\(part) ends early: the file is cut off; copy or download it again"
        case .bigEndian: "numbers are big-endian; save the file again on a little-endian machine"
        case .damagedArchive(let message): "damaged archive: \(message)"
        case .packedEntry(let entry):
            "entry \(entry) is compressed or encrypted, and PyTorch stores entries as they are; pack the archive again "
                + "without compression"
        case .entryOutsideFile(let entry, let claimed, let size):
            "entry \(entry) claims \(claimed) bytes, more than the file of \(size) bytes holds"
        case .noPickle: "no data.pkl in the archive: a ZIP file, but not of torch.save"
        case .forbiddenGlobal(let name): "\(name) is not on the list of things that a checkpoint may name"
        case .malformedPickle(let message): "malformed pickle: \(message)"
        case .overLimit(let message): message
        case .missingStorage(let key): "storage \(quoted(key)) is not in the file"
        case .storageSize(let key, let expected, let found):
            "storage \(quoted(key)) has \(found) bytes, but the pickle says \(expected)"
        case .storageCount(let key, let claimed, let expected, let left):
            "storage \(quoted(key)) claims \(claimed) elements, but the pickle says \(expected), and \(left) bytes are "
                + "left in the file"
        case .storageCutOff(let key, let needed, let left):
            "storage \(quoted(key)) ends early: it needs \(needed) bytes and \(left) are left; copy or download the "
                + "file again"
        case .tensorOutsideStorage(let shape, let key, let elements):
            "a tensor of shape \(shape) does not fit into storage \(quoted(key)) of \(elements) elements"
        case .selfOverlapping(let tensor): "tensor \(quoted(tensor)) overlaps itself in its storage; save a copy of it"
        case .unsupportedType(let tensor, let type): "tensor \(quoted(tensor)) has the unsupported type \(type)"
        case .noSuchPlace(let place, let known):
            "no tensors at \(quoted(place)); there are some at "
                + (known.isEmpty ? "no place" : known.map(quoted).joined(separator: ", "))
        case .tooManyViews(let place):
            "the tensors at \(quoted(place)) see the same bytes too often; save copies of them"
        case .safeTensors(let reason): SafeTensorsError(path: "safetensors", reason: reason).description
        case .tensor(let error): error.description
        }
    }

    /// A name out of the file, so that it cannot break the line and is not endless.
    private func quoted(_ name: String) -> String {
        let shown = name.unicodeScalars.prefix(200).map { $0.value < 0x20 || $0.value == 0x7F ? "?" : String($0) }
        return "\"\(shown.joined())\(name.unicodeScalars.count > 200 ? "…" : "")\""
    }
}

/// A reason that does not know its file yet.
struct CheckpointFault: Error {
    let reason: CheckpointError.Reason

    init(_ reason: CheckpointError.Reason) {
        self.reason = reason
    }

    /// A pickle that is not as it must be.
    static func malformed(_ message: String) -> CheckpointFault { CheckpointFault(.malformedPickle(message)) }
}

/// Runs what reads a file, and translates its faults.
func reading<Value>(
    _ part: String, _ body: () throws(SafeTensorsFault) -> Value
) throws(CheckpointFault) -> Value {
    do throws(SafeTensorsFault) {
        return try body()
    } catch {
        switch error.reason {
        case .system(let message): throw CheckpointFault(.system(message))
        case .notAFile: throw CheckpointFault(.notAFile)
        case .truncated: throw CheckpointFault(.truncated(part))
        case let other: throw CheckpointFault(.safeTensors(other))
        }
    }
}
