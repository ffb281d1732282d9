internal import Torch

// The ZIP archives of torch.save and TorchScript: `ROOT/data.pkl`, and `ROOT/data/KEY` for each storage.
//
// Names of entries are looked up in the archive's directory and nowhere else: none is ever a path.

extension Container {
    init(archive file: OpenFile, _ limits: PickleLimits) throws(CheckpointFault) {
        let directory = try ZipDirectory(file)
        let name = try Self.pickleName(directory)
        let root = name.dropLast("data.pkl".count)
        guard let entry = directory.entries[name] else { throw CheckpointFault(.noPickle) }
        if let order = directory.entries[root + "byteorder"] {
            let range = try directory.range(order)
            var source = ByteSource(file, range, part: "the byte order", limit: 16)
            guard try source.bytes(min(range.count, 16)) == Array("little".utf8) else {
                throw CheckpointFault(.bigEndian)
            }
        }
        // Code and constants are what TorchScript has beside the values; neither is looked at.
        let isScript =
            directory.entries[root + "constants.pkl"] != nil
            || directory.entries.keys.contains { $0.hasPrefix(root + "code/") }
        let source = ByteSource(file, try directory.range(entry), part: "data.pkl", limit: limits.bytes)
        var unpickler = Unpickler(source, limits: limits, isScript: isScript)
        let result = try unpickler.result()
        self.init(kind: isScript ? .torchScript : .zip, root: result.root, storages: [:])
        for (key, reference) in try Self.distinct(result.storages) {
            guard let entry = directory.entries["\(root)data/\(key)"] else {
                throw CheckpointFault(.missingStorage(key))
            }
            let range = try directory.range(entry)
            guard range.count == reference.byteCount else {
                throw CheckpointFault(
                    .storageSize(storage: key, expected: reference.byteCount, found: range.count))
            }
            storages[key] = range
        }
    }

    /// The name of the one data.pkl, in the archive's only folder.
    private static func pickleName(_ directory: ZipDirectory) throws(CheckpointFault) -> String {
        let names = directory.entries.keys.filter { name in
            let parts = name.split(separator: "/", omittingEmptySubsequences: false)
            return parts.count <= 2 && parts.last == "data.pkl"
        }
        guard let name = names.first else { throw CheckpointFault(.noPickle) }
        guard names.count == 1 else { throw CheckpointFault(.damagedArchive("it has several data.pkl")) }
        return name
    }
}
