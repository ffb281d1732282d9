/// Named tensors in a file that holds nothing but numbers: no code runs when it is read.
///
/// The format is a length (8 bytes, little-endian), a JSON header and the numbers. Headers are checked in full before
/// a number is read: names are unique, shapes fit their bytes, and the tensors cover the file without gap or overlap.
public struct SafeTensors {
    /// Headers longer than this are refused.
    public static let headerLimit = 100_000_000

    /// The tensors by name.
    public var tensors: [String: Tensor]
    /// Free text by name.
    public var metadata: [String: String]

    /// Reads all tensors of the file at `path` to `device`.
    ///
    /// - Throws: `SafeTensorsError`, whatever the bytes in the file.
    public static func read(_ path: String, device: Device = .cpu) throws(SafeTensorsError) -> SafeTensors {
        do throws(SafeTensorsFault) {
            let file = try OpenFile(reading: path)
            let (header, dataStart) = try header(of: file)
            var tensors: [String: Tensor] = [:]
            try Torch.sparingMemory { () throws(SafeTensorsFault) in
                for entry in header.entries {
                    tensors[entry.name] = try tensor(entry, of: file, at: dataStart, device)
                }
            }
            return SafeTensors(tensors: tensors, metadata: header.metadata)
        } catch {
            throw SafeTensorsError(path: path, reason: error.reason)
        }
    }

    /// Reads only names, types and shapes of the file at `path`, and its metadata.
    ///
    /// - Throws: `SafeTensorsError`, whatever the bytes in the file.
    public static func inspect(
        _ path: String
    ) throws(SafeTensorsError) -> (tensors: [String: (dtype: DType, shape: [Int])], metadata: [String: String]) {
        do throws(SafeTensorsFault) {
            let (header, _) = try header(of: try OpenFile(reading: path))
            var tensors: [String: (dtype: DType, shape: [Int])] = [:]
            for entry in header.entries {
                tensors[entry.name] = (entry.dtype, entry.shape)
            }
            return (tensors, header.metadata)
        } catch {
            throw SafeTensorsError(path: path, reason: error.reason)
        }
    }

    /// Writes `tensors` to the file at `path`, which is replaced as a whole or not at all, also if power fails.
    ///
    /// Equal content gives equal bytes.
    ///
    /// - Throws: `SafeTensorsError` if the folder cannot be written, or a name is reserved.
    public static func write(
        _ path: String, _ tensors: [String: Tensor], metadata: [String: String] = [:]
    ) throws(SafeTensorsError) {
        do throws(SafeTensorsFault) {
            guard tensors[SafeTensorsHeader.metadataName] == nil else {
                throw SafeTensorsFault(.reservedName(SafeTensorsHeader.metadataName))
            }
            let header = SafeTensorsHeader(laying: tensors, metadata: metadata)
            let json = header.json()
            guard json.count <= headerLimit else { throw SafeTensorsFault(.headerTooLong(UInt64(json.count))) }
            try OpenFile.replace(path) { (file) throws(SafeTensorsFault) in
                try file.append((0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) })
                try file.append(json)
                for entry in header.entries {
                    guard let tensor = tensors[entry.name] else { continue }
                    try file.append(try bytes(of: tensor))
                }
            }
        } catch {
            throw SafeTensorsError(path: path, reason: error.reason)
        }
    }

    /// The checked header of an open file, and where the numbers begin in it.
    package static func header(
        of file: OpenFile
    ) throws(SafeTensorsFault) -> (header: SafeTensorsHeader, dataStart: Int) {
        guard file.size >= 8 else { throw SafeTensorsFault(.truncated) }
        let prefix = try file.bytes(at: 0, count: 8)
        let claimed = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard claimed <= UInt64(headerLimit) else { throw SafeTensorsFault(.headerTooLong(claimed)) }
        let length = Int(claimed)
        guard length <= file.size - 8 else { throw SafeTensorsFault(.truncated) }
        let json = try file.bytes(at: 8, count: length)
        return (try SafeTensorsHeader(json, dataLength: file.size - 8 - length), 8 + length)
    }

    /// Bytes that are read at a time: a whole number of elements of every type.
    private static let piece = 4 << 20

    private static func tensor(
        _ entry: SafeTensorsHeader.Entry, of file: OpenFile, at dataStart: Int, _ device: Device
    ) throws(SafeTensorsFault) -> Tensor {
        let (start, size) = (dataStart + entry.start, entry.end - entry.start)
        guard entry.dtype != .bool, size > piece else {
            let bytes = try file.bytes(at: start, count: size)
            return try made { () throws(TorchError) in
                // Only 0 and 1 are truth values in memory, but a file may hold any byte.
                entry.dtype == .bool
                    ? try Tensor(bytes, shape: entry.shape).notEqual(0).to(device: device)
                    : try Tensor(bytes: bytes, shape: entry.shape, dtype: entry.dtype, device: device)
            }
        }
        // A large one piece by piece, so that nothing of its size is needed beside it.
        let width = entry.dtype.byteCount
        let flat = try made { () throws(TorchError) in
            try Tensor.zeros([size / width], dtype: entry.dtype, device: device)
        }
        for offset in stride(from: 0, to: size, by: piece) {
            let bytes = try file.bytes(at: start + offset, count: min(piece, size - offset))
            try made { () throws(TorchError) in
                let part = try Tensor(
                    bytes: bytes, shape: [bytes.count / width], dtype: entry.dtype, device: device)
                try flat.narrow(0, start: offset / width, length: part.count).copy(from: part)
            }
        }
        return try made { () throws(TorchError) in try flat.reshape(entry.shape) }
    }

    private static func made<Result>(_ body: () throws(TorchError) -> Result) throws(SafeTensorsFault) -> Result {
        do throws(TorchError) {
            return try body()
        } catch {
            throw SafeTensorsFault(.tensor(error))
        }
    }

    private static func bytes(of tensor: Tensor) throws(SafeTensorsFault) -> [UInt8] {
        try made { () throws(TorchError) in try tensor.rawBytes() }
    }
}
