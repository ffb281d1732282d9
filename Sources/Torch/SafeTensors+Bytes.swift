extension SafeTensors {
    /// The bytes of a file with these tensors, as ``write(_:_:metadata:)`` writes it; equal content gives equal bytes.
    ///
    /// - Throws: `TorchError` if a tensor cannot be read.
    public static func encoded(
        _ tensors: [String: Tensor], metadata: [String: String] = [:]
    ) throws(TorchError) -> [UInt8] {
        let header = SafeTensorsHeader(laying: tensors, metadata: metadata)
        let json = header.json()
        var bytes = (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) }
        bytes += json
        for entry in header.entries {
            guard let tensor = tensors[entry.name] else { continue }
            bytes += try tensor.rawBytes()
        }
        return bytes
    }

    /// Reads the bytes of a whole file.
    ///
    /// - Throws: `SafeTensorsError`, whatever the bytes; its path is `name`.
    public init(decoding bytes: [UInt8], named name: String, device: Device = .cpu) throws(SafeTensorsError) {
        do throws(SafeTensorsFault) {
            guard bytes.count >= 8 else { throw SafeTensorsFault(.truncated) }
            let claimed = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard claimed <= UInt64(Self.headerLimit) else { throw SafeTensorsFault(.headerTooLong(claimed)) }
            let length = Int(claimed)
            guard length <= bytes.count - 8 else { throw SafeTensorsFault(.truncated) }
            let start = 8 + length
            let header = try SafeTensorsHeader(Array(bytes[8..<start]), dataLength: bytes.count - start)
            var tensors: [String: Tensor] = [:]
            for entry in header.entries {
                let numbers = Array(bytes[start + entry.start..<start + entry.end])
                do throws(TorchError) {
                    // Only 0 and 1 are truth values in memory, but a file may hold any byte.
                    tensors[entry.name] =
                        entry.dtype == .bool
                        ? try Tensor(numbers, shape: entry.shape).notEqual(0).to(device: device)
                        : try Tensor(bytes: numbers, shape: entry.shape, dtype: entry.dtype, device: device)
                } catch {
                    throw SafeTensorsFault(.tensor(error))
                }
            }
            self.init(tensors: tensors, metadata: header.metadata)
        } catch {
            throw SafeTensorsError(path: name, reason: error.reason)
        }
    }
}
