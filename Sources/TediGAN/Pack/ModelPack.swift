import Crypto
import Foundation
import Layers
import Torch

/// A model on disk: a directory with `pack.json` and one safetensors file per network.
///
/// It has a generator, and whatever else was put in: encoders of texts and pictures, networks that judge pictures. Who
/// needs a network that is not there gets ``TediGANError/missing(path:_:)``, which says how to add it.
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
            let data = try Self.contents(path, PackFile.manifest, limit: PackManifest.sizeLimit)
            manifest = try PackManifest(json: data)
            digest = Self.hexadecimal(SHA256.hash(data: data))
            try manifest.validateFiles()
            for file in manifest.files { try Self.check(file, in: path) }
            try Self.requireFiles(of: manifest)
            let names =
                manifest.lists(PackFile.policy) ? try Self.names(path + "/" + PackFile.policy, manifest.width) : []
            try manifest.validate(subspaces: names)
        } catch {
            if case .pack = error { throw error }
            throw .pack(path: path, error.description)
        }
    }

    /// The control mechanism with the pack's policy and subspaces.
    public func controlMechanism() throws(TediGANError) -> ControlMechanism {
        var subspaces: [String: Subspace] = [:]
        for (name, tensor) in try self.subspaces() {
            let rows = try computing { () throws(TorchError) in try tensor.floats() }
            subspaces[name] = Subspace(spanning: rows, width: manifest.width)
        }
        return ControlMechanism(
            policy: manifest.policy, subspaces: subspaces, layers: manifest.layers, width: manifest.width)
    }

    /// What the pack is made of, to be written again with other parts; everything as it is stored.
    public func contents() throws(TediGANError) -> PackContents {
        var parts: [PackContents.Part] = []
        for part in manifest.parts {
            parts.append(.init(part, tensors: try Self.tensors(path + "/" + part.file)))
        }
        var contents = PackContents(
            name: manifest.name, parts: parts, vocabulary: manifest.vocabulary, policy: manifest.policy,
            subspaces: try subspaces(), truncation: manifest.truncation, styleCandidates: manifest.styleCandidates,
            inversion: manifest.inversion, provenance: manifest.provenance)
        if manifest.lists(PackFile.merges) {
            let data = try Self.contents(path, PackFile.merges, limit: PackManifest.sizeLimit)
            contents.merges = String(decoding: data, as: UTF8.self)
        }
        return contents
    }

    /// The policy's subspaces, [k, C] by name, as they are stored.
    func subspaces() throws(TediGANError) -> [String: Tensor] {
        manifest.lists(PackFile.policy) ? try Self.tensors(path + "/" + PackFile.policy) : [:]
    }

    private static func requireFiles(of manifest: PackManifest) throws(TediGANError) {
        var needed = manifest.parts.map(\.file)
        if manifest.policy.attributes.contains(where: { $0.subspace != nil }) { needed.append(PackFile.policy) }
        for file in needed where !manifest.lists(file) { throw .invalid("pack.json does not list \(file)") }
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

    static func tensors(_ path: String) throws(TediGANError) -> [String: Tensor] {
        do {
            return try SafeTensors.read(path).tensors
        } catch {
            throw .layers(.file(error))
        }
    }
}

extension PackManifest {
    /// Whether the file list has a file.
    func lists(_ file: String) -> Bool { files.contains { $0.name == file } }
}
