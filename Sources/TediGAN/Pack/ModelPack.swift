import Crypto
import Foundation
import Layers
public import Torch

/// A model on disk: a directory with `pack.json` and one safetensors file per network.
///
/// The digest of `pack.json`, which holds the digests of all other files, is the model's identity in every job and
/// artifact. Opening a pack checks every size and digest before a tensor is read; nothing in a pack is executed.
public struct ModelPack: Sendable {
    /// The directory.
    public let path: String
    /// What `pack.json` says.
    public let manifest: PackManifest
    /// SHA-256 of the bytes of `pack.json`, in lower-case hexadecimal.
    public let digest: String

    /// Opens a pack and checks it in full.
    /// - Parameter path: the directory.
    /// - Throws: ``TediGANError/pack(path:_:)`` saying what is absent, altered or out of range.
    public init(opening path: String) throws(TediGANError) {
        self.path = path
        do {
            let data = try Self.contents(path, PackFile.manifest.rawValue, limit: PackManifest.sizeLimit)
            manifest = try PackManifest(json: data)
            digest = Self.hexadecimal(SHA256.hash(data: data))
            try manifest.validateFiles()
            for file in manifest.files { try Self.check(file, in: path) }
            try Self.requireFiles(of: manifest)
            let names =
                manifest.lists(.policy) ? try Self.names(path + "/" + PackFile.policy.rawValue, manifest.width) : []
            try manifest.validate(subspaces: names)
        } catch {
            if case .pack = error { throw error }
            throw .pack(path: path, error.description)
        }
    }

    /// Whether the pack has a file.
    public func has(_ file: PackFile) -> Bool { file == .manifest || manifest.lists(file) }

    /// The generator, strictly loaded.
    /// - Parameters:
    ///   - dtype: the type that it computes in, whatever is stored.
    ///   - device: where it runs.
    /// - Throws: ``TediGANError/layers(_:)`` naming every tensor that is missing, extra or misshapen.
    public func generator(dtype: DType = .float32, device: Device = .cpu) throws(TediGANError) -> Generator {
        try load(.generator, dtype, device) { scope throws(LayerError) in
            try Generator(manifest.generator, in: scope)
        }
    }

    /// The text encoder, strictly loaded; parameters as for ``generator(dtype:device:)``.
    public func textEncoder(dtype: DType = .float32, device: Device = .cpu) throws(TediGANError) -> TextEncoder {
        try load(.text, dtype, device) { scope throws(LayerError) in
            try TextEncoder(manifest.textEncoder, in: scope)
        }
    }

    /// The image encoder, strictly loaded, or nil where the pack has none; parameters as for
    /// ``generator(dtype:device:)``.
    public func encoder(dtype: DType = .float32, device: Device = .cpu) throws(TediGANError) -> InversionEncoder? {
        guard let configuration = manifest.encoder else { return nil }
        return try load(.encoder, dtype, device) { scope throws(LayerError) in
            try InversionEncoder(configuration, in: scope)
        }
    }

    /// The control mechanism with the pack's policy and subspaces.
    public func controlMechanism() throws(TediGANError) -> ControlMechanism {
        var subspaces: [String: Subspace] = [:]
        if has(.policy) {
            for (name, tensor) in try Self.tensors(path + "/" + PackFile.policy.rawValue) {
                let rows = try computing { () throws(TorchError) in try tensor.floats() }
                subspaces[name] = Subspace(spanning: rows, width: manifest.width)
            }
        }
        return ControlMechanism(
            policy: manifest.policy, subspaces: subspaces, layers: manifest.layers, width: manifest.width)
    }

    private func load<Network>(
        _ file: PackFile, _ dtype: DType, _ device: Device,
        _ build: (ParameterScope) throws(LayerError) -> Network
    ) throws(TediGANError) -> Network {
        try building { () throws(LayerError) in
            try ParameterStore.reading(path + "/" + file.rawValue, dtype: dtype, device: device).build(build)
        }
    }

    private static func requireFiles(of manifest: PackManifest) throws(TediGANError) {
        var needed: [PackFile] = [.generator, .text]
        if manifest.encoder != nil { needed.append(.encoder) }
        if manifest.policy.attributes.contains(where: { $0.subspace != nil }) { needed.append(.policy) }
        for file in needed where !manifest.lists(file) {
            throw .invalid("pack.json does not list \(file.rawValue)")
        }
    }

    /// The names of the subspaces, after a check of their shapes.
    private static func names(_ path: String, _ width: Int) throws(TediGANError) -> Set<String> {
        do {
            let found = try SafeTensors.inspect(path).tensors
            for (name, tensor) in found {
                guard tensor.shape.count == 2, tensor.shape[1] == width, tensor.shape[0] >= 1, tensor.shape[0] <= width,
                    tensor.dtype.isFloatingPoint
                else { throw TediGANError.invalid("the subspace \(name) must be [k, \(width)], k at most \(width)") }
            }
            return Set(found.keys)
        } catch let error as TediGANError {
            throw error
        } catch {
            throw .layers(.file(SafeTensorsError(path: path, reason: .malformedHeader("\(error)"))))
        }
    }

    private static func tensors(_ path: String) throws(TediGANError) -> [String: Tensor] {
        do {
            return try SafeTensors.read(path).tensors
        } catch {
            throw .layers(.file(error))
        }
    }
}

extension PackManifest {
    /// Whether the file list has a file.
    func lists(_ file: PackFile) -> Bool { files.contains { $0.name == file.rawValue } }
}
