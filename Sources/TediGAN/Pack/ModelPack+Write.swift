import Crypto
import Foundation
import Glibc
import Layers
public import Torch

extension ModelPack {
    /// Writes a pack and opens it again, which checks it.
    ///
    /// The directory appears, or replaces the one there, as a whole: everything is written and synced beside it first.
    /// - Parameters:
    ///   - contents: networks and description.
    ///   - path: the directory to make; its parent must exist.
    ///   - storage: the type that numbers are stored in; `.float16` halves the pack, and is computed in float32.
    /// - Throws: ``TediGANError/pack(path:_:)`` with the system's message, or what is out of range.
    @discardableResult
    public static func write(
        _ contents: PackContents, to path: String, storage: DType? = .float16
    ) throws(TediGANError) -> ModelPack {
        let target = URL(fileURLWithPath: path)
        let draft = target.deletingLastPathComponent()
            .appendingPathComponent(".\(target.lastPathComponent).\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: draft) }
        do {
            try FileManager.default.createDirectory(at: draft, withIntermediateDirectories: false)
        } catch {
            throw .pack(path: path, "cannot write beside it: \(error.localizedDescription)")
        }
        do {
            try fill(draft.path, contents, storage)
            _ = try ModelPack(opening: draft.path)
            try replace(target.path, by: draft.path)
        } catch {
            if case .pack(_, let text) = error { throw .pack(path: path, text) }
            throw .pack(path: path, error.description)
        }
        return try ModelPack(opening: path)
    }

    /// Writes all files into a fresh directory, the manifest last.
    private static func fill(
        _ directory: String, _ contents: PackContents, _ storage: DType?
    ) throws(TediGANError) {
        // One order, whatever they came in, so that equal packs have equal digests.
        let parts = PackRole.allCases.flatMap { role in contents.parts.filter { $0.description.role == role } }
        let manifest = try PackManifest(contents, parts: parts.map(\.description))
        // What cannot be a pack is refused before gigabytes are written.
        try manifest.validateParts()
        var names: [String] = []
        for part in parts {
            names.append(part.description.file)
            try save(part.tensors, to: directory + "/" + part.description.file, storage)
        }
        if !contents.subspaces.isEmpty {
            names.append(PackFile.policy)
            try save(contents.subspaces, to: directory + "/" + PackFile.policy, nil)
        }
        if let merges = contents.merges {
            names.append(PackFile.merges)
            try save(merges, to: directory + "/" + PackFile.merges)
        }
        var files: [PackManifest.File] = []
        for name in names {
            let path = directory + "/" + name
            let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.intValue ?? 0
            files.append(.init(name: name, bytes: size, sha256: try fileDigest(path)))
        }
        try finish(manifest, files, in: directory)
    }

    private static func save(
        _ tensors: [String: Tensor], to path: String, _ storage: DType?
    ) throws(TediGANError) {
        let stored = try computing { () throws(TorchError) in
            var stored: [String: Tensor] = [:]
            for (name, tensor) in tensors {
                let tensor = try tensor.detached()
                stored[name] =
                    if let storage, tensor.dtype.isFloatingPoint { try tensor.to(dtype: storage) } else { tensor }
            }
            return stored
        }
        do {
            try SafeTensors.write(path, stored)
        } catch {
            throw .layers(.file(error))
        }
    }

    private static func save(_ text: String, to path: String) throws(TediGANError) {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        } catch {
            throw .invalid("cannot write \(path): \(error.localizedDescription)")
        }
    }

    /// Writes the manifest and makes the directory durable.
    private static func finish(
        _ manifest: PackManifest, _ files: [PackManifest.File], in directory: String
    ) throws(TediGANError) {
        var manifest = manifest
        manifest.files = files
        let data = try manifest.json()
        do {
            let file = URL(fileURLWithPath: directory + "/" + PackFile.manifest)
            try data.write(to: file)
            let handle = try FileHandle(forUpdating: file)
            try handle.synchronize()
            try handle.close()
        } catch {
            throw .invalid("cannot write pack.json: \(error.localizedDescription)")
        }
        try synchronize(directory)
    }

    /// Puts the draft in the target's place: by one exchange where there is a pack already, which leaves the old one
    /// under the draft's name to be removed.
    private static func replace(_ target: String, by draft: String) throws(TediGANError) {
        let moved =
            FileManager.default.fileExists(atPath: target) ? exchange(draft, target) : rename(draft, target) == 0
        guard moved else { throw .invalid("cannot put it in place: \(String(cString: strerror(errno)))") }
        try synchronize(URL(fileURLWithPath: target).deletingLastPathComponent().path)
    }

    /// Exchanges two names in one step where the file system can; otherwise moves the old one aside for an instant.
    private static func exchange(_ draft: String, _ target: String) -> Bool {
        typealias Rename = @convention(c) (CInt, UnsafePointer<CChar>, CInt, UnsafePointer<CChar>, CUnsignedInt) -> CInt
        // The C library has renameat2 since 2.28, but its header shows it to GNU sources only.
        if let symbol = dlsym(nil, "renameat2") {
            // Safe: renameat2(2) has this signature on every Linux.
            let renameat2 = unsafeBitCast(symbol, to: Rename.self)
            let exchanging: CUnsignedInt = 2
            if renameat2(AT_FDCWD, draft, AT_FDCWD, target, exchanging) == 0 { return true }
        }
        let aside = draft + ".old"
        guard rename(target, aside) == 0 else { return false }
        guard rename(draft, target) == 0 else {
            rename(aside, target)
            return false
        }
        return rename(aside, draft) == 0
    }

    /// Makes the entries of a directory durable.
    private static func synchronize(_ directory: String) throws(TediGANError) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY)
        guard descriptor >= 0 else { throw .invalid("cannot open \(directory): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw .invalid("cannot sync \(directory): \(String(cString: strerror(errno)))")
        }
    }
}

extension PackManifest {
    fileprivate init(_ contents: PackContents, parts: [PackPart]) throws(TediGANError) {
        guard let generator = parts.first(where: { $0.role == .generator }) else {
            throw .invalid("a pack needs a generator; import its checkpoint together with the others")
        }
        let shape = try PackShape(generator: generator)
        self.init(
            format: Self.format(for: parts, vocabulary: contents.vocabulary), name: contents.name,
            resolution: shape.resolution, layers: shape.layers, width: shape.width, parts: parts,
            vocabulary: contents.vocabulary, policy: contents.policy,
            truncation: contents.truncation ?? shape.truncation, styleCandidates: contents.styleCandidates,
            inversion: contents.inversion, provenance: contents.provenance, files: [])
    }
}
