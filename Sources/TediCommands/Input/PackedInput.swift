/// A file that holds captions in a packed form, told by its first bytes.
///
/// gzip and zstd are unpacked by the programs of these names, up to the limit of unpacked files: a few packed kilobytes
/// may be gigabytes of text. Others are refused; a pipe unpacks as well.
enum PackedInput: String, CaseIterable {
    case gzip, zip, xz, zstd, bzip2

    /// Recognises the form; nil for anything else.
    init?(_ bytes: [UInt8]) {
        guard let form = Self.allCases.first(where: { bytes.starts(with: $0.signature) }) else { return nil }
        self = form
    }

    private var signature: [UInt8] {
        switch self {
        case .gzip: [0x1F, 0x8B]
        // Spreadsheets of today are zip files too.
        case .zip: [0x50, 0x4B, 0x03, 0x04]
        case .xz: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]
        case .zstd: [0x28, 0xB5, 0x2F, 0xFD]
        case .bzip2: [0x42, 0x5A, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59]
        }
    }

    private var program: String {
        switch self {
        case .gzip: "gzip -dc"
        case .zip: "unzip -p"
        case .xz: "xz -dc"
        case .zstd: "zstd -dc"
        case .bzip2: "bzip2 -dc"
        }
    }

    /// The program that unpacks it here; nil where that is left to people.
    var unpacker: String? {
        switch self {
        case .gzip: "gzip"
        case .zstd: "zstd"
        case .zip, .xz, .bzip2: nil
        }
    }

    /// The name of a file without the ending that says how it is packed: `faces.csv` of `faces.csv.gz`.
    static func unpackedName(_ name: String) -> String {
        for ending in [".gz", ".zst"] where name.lowercased().hasSuffix(ending) {
            return String(name.dropLast(ending.count))
        }
        return name
    }

    /// What is wrong and what to do.
    func refusal(of name: String) -> CommandError {
        .badInput(
            "\(name) is packed (\(rawValue))",
            remedy: "Unpack it, for example: \(program) FILE | tedi submit - --format jsonl. Nothing was submitted.")
    }
}
