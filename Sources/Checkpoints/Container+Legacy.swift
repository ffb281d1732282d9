internal import Torch

// What torch.save wrote before 1.6: five pickles (a magic number, a version, the machine, the values, the keys of the
// storages), and then for each key a count of elements in 8 bytes and the elements.

extension Container {
    private static let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

    init(legacy file: OpenFile, _ limits: PickleLimits) throws(CheckpointFault) {
        var unpickler = Unpickler(ByteSource(file, 0..<file.size, part: "the pickle", limit: limits.bytes))
        try Self.checkMagic(&unpickler, limits)
        func next() throws(CheckpointFault) -> PickleResult {
            unpickler = Unpickler(unpickler.source, limits: limits)
            return try unpickler.result()
        }
        guard try next().root == .integer(1001) else { throw .malformed("the version of the container is not 1001") }
        if try next().root["little_endian"] == .bool(false) { throw CheckpointFault(.bigEndian) }
        let values = try next()
        guard let keys = try next().root.items else { throw .malformed("the keys of the storages are no list") }
        self.init(kind: .legacy, root: values.root, storages: [:])
        try place(keys, try Self.distinct(values.storages), file, from: unpickler.source.position)
    }

    /// The first pickle must be the magic number; whatever else it is, is another kind of pickle.
    private static func checkMagic(_ unpickler: inout Unpickler, _ limits: PickleLimits) throws(CheckpointFault) {
        do throws(CheckpointFault) {
            guard try unpickler.result().root == .longInteger(magic) else { throw CheckpointFault(.wrongMagicNumber) }
        } catch {
            if case .truncated = error.reason, unpickler.source.position <= 2 * magic.count { throw error }
            throw CheckpointFault(.wrongMagicNumber)
        }
    }

    /// Finds the storages behind the pickles, which lie one behind the other in the order of `keys`.
    private mutating func place(
        _ keys: [CheckpointValue], _ references: [String: StorageReference], _ file: OpenFile, from start: Int
    ) throws(CheckpointFault) {
        var place = start
        for key in keys {
            guard let key = key.text ?? key.wholeNumber.map(String.init), storages[key] == nil,
                let reference = references[key]
            else { throw .malformed("the list of storages has keys that are unknown or repeated") }
            guard file.size - place >= 8 else {
                throw CheckpointFault(
                    .storageCutOff(storage: key, needed: reference.byteCount, left: max(0, file.size - place)))
            }
            var source = ByteSource(file, place..<place + 8, part: "storage \(Unpickler.shown(key))", limit: 8)
            let claimed = try source.number(8)
            place += 8
            let left = file.size - place
            guard claimed == UInt64(reference.count) else {
                throw CheckpointFault(
                    .storageCount(storage: key, claimed: claimed, expected: reference.count, left: left))
            }
            guard reference.byteCount <= left else {
                throw CheckpointFault(.storageCutOff(storage: key, needed: reference.byteCount, left: left))
            }
            storages[key] = place..<place + reference.byteCount
            place += reference.byteCount
        }
        for key in references.keys.sorted() where storages[key] == nil {
            throw CheckpointFault(.missingStorage(key))
        }
    }
}
