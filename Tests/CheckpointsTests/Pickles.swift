/// Writes small pickles, right and wrong, opcode by opcode.
enum Pickles {
    static func little(_ value: Int, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    static func text(_ text: String) -> [UInt8] { [0x58] + little(text.utf8.count, 4) + Array(text.utf8) }

    static func int(_ value: Int) -> [UInt8] {
        value == Int(Int32(truncatingIfNeeded: value)) ? [0x4A] + little(value, 4) : [0x8A, 8] + little(value, 8)
    }

    static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }

    static func tuple(_ items: [[UInt8]]) -> [UInt8] { [0x28] + items.joined() + [0x74] }

    static func list(_ items: [[UInt8]]) -> [UInt8] { [0x5D, 0x28] + items.joined() + [0x65] }

    static func dictionary(_ pairs: [(String, [UInt8])]) -> [UInt8] {
        [0x7D, 0x28] + pairs.flatMap { text($0.0) + $0.1 } + [0x75]
    }

    static func call(_ module: String, _ name: String, _ arguments: [[UInt8]]) -> [UInt8] {
        global(module, name) + tuple(arguments) + [0x52]
    }

    static func object(_ module: String, _ name: String, _ fields: [(String, [UInt8])]) -> [UInt8] {
        global(module, name) + [0x29, 0x81] + dictionary(fields) + [0x62]
    }

    static func storage(_ type: String, _ key: String, _ count: Int, view: [UInt8]? = nil) -> [UInt8] {
        tuple(
            [text("storage"), global("torch", type), text(key), text("cuda:0"), int(count)] + (view.map { [$0] } ?? []))
            + [0x51]
    }

    static func tensor(_ storage: [UInt8], _ shape: [Int], _ strides: [Int], offset: Int = 0) -> [UInt8] {
        call(
            "torch._utils", "_rebuild_tensor_v2",
            [
                storage, int(offset), tuple(shape.map(int)), tuple(strides.map(int)), [0x89],
                call("collections", "OrderedDict", []),
            ])
    }

    /// A pickle of protocol 2.
    static func whole(_ value: [UInt8]) -> [UInt8] { [0x80, 2] + value + [0x2E] }
}

/// Writes small files, right and wrong.
enum Files {
    /// A legacy file.
    static func legacy(_ value: [UInt8], _ storages: [(key: String, count: Int, bytes: [UInt8])]) -> [UInt8] {
        let magic: [UInt8] = [0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
        let machine = Pickles.dictionary([("protocol_version", Pickles.int(1001)), ("little_endian", [0x88])])
        return Pickles.whole(magic) + Pickles.whole(Pickles.int(1001)) + Pickles.whole(machine)
            + Pickles.whole(value) + Pickles.whole(Pickles.list(storages.map { Pickles.text($0.key) }))
            + storages.flatMap { Pickles.little($0.count, 8) + $0.bytes }
    }

    /// How a ZIP archive is to be odd.
    struct Oddity: OptionSet {
        let rawValue: Int
        /// Sizes and places as in an archive over 4 GiB.
        static let large = Oddity(rawValue: 1)
        /// Entries say that they are compressed.
        static let packed = Oddity(rawValue: 2)
        /// Headers of entries have another name.
        static let renamed = Oddity(rawValue: 4)
    }

    /// A ZIP archive of entries stored as they are.
    static func archive(_ entries: [(name: String, bytes: [UInt8])], _ oddity: Oddity = []) -> [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        let method: [UInt8] = [oddity.contains(.packed) ? 8 : 0, 0]
        for (name, bytes) in entries {
            let size = Pickles.little(bytes.count, 4)
            let place = file.count
            let shown = oddity.contains(.renamed) ? name.uppercased() : name
            let lengths = Pickles.little(name.utf8.count, 2)
            file += [0x50, 0x4B, 3, 4, 20, 0, 0, 0] + method + [UInt8](repeating: 0, count: 8)
            file += size + size + lengths + [3, 0] + Array(shown.utf8) + [0x5A, 0x5A, 0x5A] + bytes
            directory += [0x50, 0x4B, 1, 2, 20, 0, 20, 0, 0, 0] + method + [UInt8](repeating: 0, count: 8)
            if oddity.contains(.large) {
                directory += [UInt8](repeating: 0xFF, count: 8) + lengths + [28, 0, 0, 0]
                directory += [UInt8](repeating: 0, count: 8) + [UInt8](repeating: 0xFF, count: 4) + Array(name.utf8)
                directory += [1, 0, 24, 0] + Pickles.little(bytes.count, 8) + Pickles.little(bytes.count, 8)
                directory += Pickles.little(place, 8)
            } else {
                directory += size + size + lengths + [0, 0, 0, 0] + [UInt8](repeating: 0, count: 8)
                directory += Pickles.little(place, 4) + Array(name.utf8)
            }
        }
        let start = file.count
        file += directory
        guard oddity.contains(.large) else {
            return file + [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + Pickles.little(entries.count, 2)
                + Pickles.little(entries.count, 2) + Pickles.little(directory.count, 4) + Pickles.little(start, 4) + [
                    0, 0,
                ]
        }
        let end = file.count
        file += [0x50, 0x4B, 6, 6] + Pickles.little(44, 8) + [45, 0, 45, 0] + [UInt8](repeating: 0, count: 8)
        file += Pickles.little(entries.count, 8) + Pickles.little(entries.count, 8)
        file += Pickles.little(directory.count, 8) + Pickles.little(start, 8)
        file += [0x50, 0x4B, 6, 7, 0, 0, 0, 0] + Pickles.little(end, 8) + [1, 0, 0, 0]
        return file + [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 12) + [0, 0]
    }

    /// The archive that torch.save makes of a value and its storages.
    static func saved(
        _ value: [UInt8], _ storages: [(key: String, bytes: [UInt8])] = [],
        _ others: [(name: String, bytes: [UInt8])] = [], _ oddity: Oddity = []
    ) -> [UInt8] {
        archive(
            [("net/data.pkl", Pickles.whole(value))] + storages.map { ("net/data/\($0.key)", $0.bytes) }
                + others.map { ("net/\($0.name)", $0.bytes) }, oddity)
    }
}
