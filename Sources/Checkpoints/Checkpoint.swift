internal import Torch

/// A published file of weights, read as data: nothing in it is executed, and nothing is written.
///
/// Opening reads and checks what the file says of its values; numbers of tensors stay in the file until they are asked
/// for. The format is told by content, whatever the file is called:
///
///     let checkpoint = try Checkpoint(opening: "psp_ffhq_encode.pt")
///     let encoder = try checkpoint.tensors(at: "state_dict", prefix: "encoder.")
///     let store = ParameterStore(loading: encoder, trains: false)
///
/// Pickles are programs for Python's unpickler. Here a machine of our own takes their data and refuses every name
/// that is not on a short list (``CheckpointError/Reason/forbiddenGlobal(_:)``).
public struct Checkpoint: Sendable {
    /// The kinds of containers.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A header in JSON and the numbers.
        case safeTensors = "safetensors"
        /// The ZIP archive of `torch.save`.
        case zip = "PyTorch ZIP archive"
        /// What `torch.save` wrote before PyTorch 1.6.
        case legacy = "legacy PyTorch pickle"
        /// The ZIP archive of `torch.jit.save`; its code is not looked at.
        case torchScript = "TorchScript archive"
    }

    /// The file.
    public let path: String
    /// What kind of container it is.
    public let kind: Kind
    /// All values of the file; for safetensors a dictionary of the tensors.
    public let root: CheckpointValue

    let file: OpenFile
    /// Bytes of each storage in the file.
    let storages: [String: Range<Int>]

    /// Opens the file at `path`, which must not change while it is used.
    ///
    /// - Throws: `CheckpointError`, whatever the bytes in the file.
    public init(opening path: String) throws(CheckpointError) {
        try self.init(opening: path, limits: PickleLimits())
    }

    init(opening path: String, limits: PickleLimits) throws(CheckpointError) {
        do throws(CheckpointFault) {
            file = try reading("the file") { () throws(SafeTensorsFault) in try OpenFile(reading: path) }
            let container = try Container(file, limits: limits)
            kind = container.kind
            root = container.root
            storages = container.storages
            self.path = path
        } catch {
            throw CheckpointError(path: path, reason: error.reason)
        }
    }
}
