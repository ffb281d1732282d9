internal import Torch

/// What every kind of container comes down to: values, and where the numbers lie.
struct Container {
    var kind: Checkpoint.Kind
    var root: CheckpointValue
    /// Bytes of each storage in the file.
    var storages: [String: Range<Int>]

    init(_ file: OpenFile, limits: PickleLimits) throws(CheckpointFault) {
        let length = min(file.size, FileSignature.length)
        let head = try reading("the file") { () throws(SafeTensorsFault) in try file.bytes(at: 0, count: length) }
        switch try FileSignature(head) {
        case .archive: self = try Container(archive: file, limits)
        case .pickle: self = try Container(legacy: file, limits)
        case .safeTensors: self = try Container(safeTensors: file)
        }
    }

    init(kind: Checkpoint.Kind, root: CheckpointValue, storages: [String: Range<Int>]) {
        self.kind = kind
        self.root = root
        self.storages = storages
    }

    /// A safetensors file: a flat dictionary of tensors, each with a storage of its own under its own name.
    private init(safeTensors file: OpenFile) throws(CheckpointFault) {
        let (header, start) = try reading("the header") { () throws(SafeTensorsFault) in
            try SafeTensors.header(of: file)
        }
        var storages: [String: Range<Int>] = [:]
        var entries: [CheckpointValue.Entry] = []
        for entry in header.entries {
            guard let type = ElementType(rawValue: entry.dtype.rawValue) else { continue }
            storages[entry.name] = start + entry.start..<start + entry.end
            let record = TensorRecord(
                name: entry.name, shape: entry.shape, strides: Self.strides(entry.shape), offset: 0,
                storage: entry.name, type: type)
            entries.append(CheckpointValue.Entry(key: .string(entry.name), value: .tensor(record)))
        }
        self.init(kind: .safeTensors, root: .dictionary(entries), storages: storages)
    }

    /// Row-major strides; lengths beside a 0 may be anything, so the products may wrap.
    private static func strides(_ shape: [Int]) -> [Int] {
        var next = 1
        var result: [Int] = []
        for length in shape.reversed() {
            result.append(next)
            next &*= max(length, 1)
        }
        return result.reversed()
    }

    /// The storages that a pickle names, each once.
    ///
    /// - Throws: where it says two things of one storage.
    static func distinct(
        _ references: [StorageReference]
    ) throws(CheckpointFault) -> [String: StorageReference] {
        var result: [String: StorageReference] = [:]
        for reference in references {
            guard let known = result.updateValue(reference, forKey: reference.key) else { continue }
            guard known.byteCount == reference.byteCount else {
                throw CheckpointFault(
                    .storageSize(storage: reference.key, expected: known.byteCount, found: reference.byteCount))
            }
        }
        return result
    }
}
