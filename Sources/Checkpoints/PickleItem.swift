/// A value while a pickle is read.
///
/// Containers are numbers of nodes in one list, so a pickle that puts a container into itself makes no circle of
/// references, and nothing is freed level by level.
enum PickleItem {
    case null
    case bool(Bool)
    case integer(Int)
    case double(Double)
    case text(String)
    case global(PickleGlobal)
    case node(Int)
}

/// A container, or a value too large for an item.
struct PickleNode {
    enum Kind {
        case list
        case tuple
        /// Keys and values by turns.
        case dictionary
        /// Like a dictionary; its fields come later.
        case namespace
        /// The attributes are its only element, if they came.
        case object(String)
        case bytes([UInt8])
        case longInteger([UInt8])
        case numpyType(String, bigEndian: Bool)
        /// Index into the storages.
        case storage(Int)
        /// Index into the records.
        case tensor(Int)
    }

    var kind: Kind
    var items: [PickleItem] = []
}

/// What a pickle holds.
struct PickleResult {
    let root: CheckpointValue
    /// The storages that its tensors see, each once.
    let storages: [StorageReference]
}
