/// The table of contents of a safetensors file: which bytes are which tensor.
package struct SafeTensorsHeader {
    /// One tensor: its place counts from the end of the header.
    package struct Entry: Equatable {
        package let name: String
        package let dtype: DType
        package let shape: [Int]
        package let start: Int
        package let end: Int
    }

    static let metadataName = "__metadata__"

    /// In the order of their bytes.
    package var entries: [Entry]
    package var metadata: [String: String]

    /// Reads the JSON of a header whose tensors are to fill just `dataLength` bytes.
    init(_ json: [UInt8], dataLength: Int) throws(SafeTensorsFault) {
        entries = []
        metadata = [:]
        var scanner = JSONScanner(json)
        var names: Set<String> = []
        try scanner.object { (scanner, name) throws(SafeTensorsFault) in
            guard names.insert(name).inserted else { throw SafeTensorsFault(.duplicateName(name)) }
            if name == Self.metadataName {
                metadata = try Self.metadata(&scanner)
            } else {
                entries.append(try Self.entry(name, &scanner))
            }
        }
        try scanner.end()
        entries.sort { ($0.start, $0.end) < ($1.start, $1.end) }
        try checkPlaces(dataLength)
    }

    private static func metadata(_ scanner: inout JSONScanner) throws(SafeTensorsFault) -> [String: String] {
        var result: [String: String] = [:]
        try scanner.object { (scanner, key) throws(SafeTensorsFault) in
            let value = try scanner.string()
            guard result.updateValue(value, forKey: key) == nil else { throw SafeTensorsFault(.duplicateName(key)) }
        }
        return result
    }

    private static func entry(_ name: String, _ scanner: inout JSONScanner) throws(SafeTensorsFault) -> Entry {
        var type: String?
        var shape: [Int]?
        var offsets: [Int]?
        try scanner.object { (scanner, key) throws(SafeTensorsFault) in
            switch key {
            case "dtype" where type == nil: type = try scanner.string()
            case "shape" where shape == nil: shape = try scanner.naturals(limit: 64)
            case "data_offsets" where offsets == nil: offsets = try scanner.naturals(limit: 2)
            default: throw SafeTensorsFault(.malformedHeader("key \(key) of tensor \(name) is unknown or repeated"))
            }
        }
        guard let type, let shape, let offsets, offsets.count == 2 else {
            throw SafeTensorsFault(.malformedHeader("tensor \(name) lacks dtype, shape or two data_offsets"))
        }
        guard let dtype = DType(safeTensorsName: type) else {
            throw SafeTensorsFault(.unsupportedType(tensor: name, type: type))
        }
        let entry = Entry(name: name, dtype: dtype, shape: shape, start: offsets[0], end: offsets[1])
        guard entry.start <= entry.end else { throw SafeTensorsFault(.badOffsets(tensor: name)) }
        guard entry.byteCount == entry.end - entry.start else { throw SafeTensorsFault(.shapeMismatch(tensor: name)) }
        return entry
    }

    /// Tensors follow each other without gap or overlap, and fill the file: nothing can hide in between.
    private func checkPlaces(_ dataLength: Int) throws(SafeTensorsFault) {
        var next = 0
        for entry in entries {
            guard entry.start == next else { throw SafeTensorsFault(.badOffsets(tensor: entry.name)) }
            guard entry.end <= dataLength else { throw SafeTensorsFault(.truncated) }
            next = entry.end
        }
        guard next == dataLength else { throw SafeTensorsFault(.trailingBytes(dataLength - next)) }
    }
}

extension SafeTensorsHeader {
    /// Lays out tensors: wide types first, so that each is aligned; then by name, so that equal content gives equal
    /// bytes.
    init(laying tensors: [String: Tensor], metadata: [String: String]) {
        self.metadata = metadata
        entries = []
        let order = tensors.map { (name: $0.key, dtype: $0.value.dtype, shape: $0.value.shape) }
            .sorted { ($1.dtype.byteCount, $0.name) < ($0.dtype.byteCount, $1.name) }
        var next = 0
        for (name, dtype, shape) in order {
            let end = next + shape.reduce(dtype.byteCount, *)
            entries.append(Entry(name: name, dtype: dtype, shape: shape, start: next, end: end))
            next = end
        }
    }

    /// The header as JSON, padded with spaces to a multiple of 8.
    func json() -> [UInt8] {
        var members: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
            members.append("\(quoted(Self.metadataName)):{\(pairs.joined(separator: ","))}")
        }
        for entry in entries {
            let shape = entry.shape.map(String.init).joined(separator: ",")
            members.append(
                "\(quoted(entry.name)):{\"dtype\":\"\(entry.dtype.safeTensorsName)\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(entry.start),\(entry.end)]}")
        }
        var bytes = Array("{\(members.joined(separator: ","))}".utf8)
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - bytes.count % 8) % 8))
        return bytes
    }
}

extension SafeTensorsHeader.Entry {
    /// Bytes that shape and type take; nil if that is more than can be.
    var byteCount: Int? {
        var product = dtype.byteCount
        for length in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: length)
            guard !overflow else { return nil }
            product = next
        }
        return product
    }
}

extension DType {
    var safeTensorsName: String {
        switch self {
        case .float32: "F32"
        case .float64: "F64"
        case .float16: "F16"
        case .bfloat16: "BF16"
        case .int64: "I64"
        case .int32: "I32"
        case .uint8: "U8"
        case .bool: "BOOL"
        }
    }

    init?(safeTensorsName name: String) {
        guard let found = DType.allCases.first(where: { $0.safeTensorsName == name }) else { return nil }
        self = found
    }
}

/// A reason that does not know its file yet.
package struct SafeTensorsFault: Error {
    package let reason: SafeTensorsError.Reason

    init(_ reason: SafeTensorsError.Reason) {
        self.reason = reason
    }
}
