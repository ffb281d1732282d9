/// One value of a checkpoint: what Python would have built, as plain data.
///
/// Values nest at most as deep as `PickleLimits` allows, so that walking through them may recurse.
public enum CheckpointValue: Hashable, Sendable {
    /// One pair of a dictionary.
    public struct Entry: Hashable, Sendable {
        /// Mostly text; optimisers also use numbers.
        public let key: CheckpointValue
        /// What stands under it.
        public let value: CheckpointValue
    }

    /// Python's `None`.
    case null
    /// True or false.
    case bool(Bool)
    /// A whole number of up to 64 bits.
    case integer(Int)
    /// A whole number of more bits, as two's complement, little-endian.
    case longInteger([UInt8])
    /// A number in double precision.
    case double(Double)
    /// Text; also devices ("cuda:0") and types of numbers ("torch.float32").
    case string(String)
    /// Bytes.
    case bytes([UInt8])
    /// A list, tuple or set.
    case list([CheckpointValue])
    /// A dictionary in the order of the file, also the fields of an `argparse.Namespace`.
    case dictionary([Entry])
    /// A tensor, not yet read.
    indirect case tensor(TensorRecord)
    /// An object of a TorchScript file: the name of its class, and its attributes where the file gives any.
    indirect case object(className: String, state: CheckpointValue)
}

extension CheckpointValue {
    /// The value under a key of text: of a dictionary, or of an object's attributes.
    public subscript(key: String) -> CheckpointValue? {
        entries?.first { $0.key == .string(key) }?.value
    }

    /// The pairs of a dictionary, or an object's attributes.
    public var entries: [Entry]? {
        switch self {
        case .dictionary(let entries): entries
        case .object(_, let state): state.entries
        default: nil
        }
    }

    /// The elements of a list.
    public var items: [CheckpointValue]? {
        guard case .list(let items) = self else { return nil }
        return items
    }

    /// The text.
    public var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The truth value.
    public var truth: Bool? {
        guard case .bool(let truth) = self else { return nil }
        return truth
    }

    /// The whole number.
    public var wholeNumber: Int? {
        guard case .integer(let number) = self else { return nil }
        return number
    }

    /// The number, whole or not.
    public var number: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    /// The tensor's record.
    public var record: TensorRecord? {
        guard case .tensor(let record) = self else { return nil }
        return record
    }
}
