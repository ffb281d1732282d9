/// One submitted line: what is to be drawn, and from what.
///
/// As JSON: `{"caption": "a woman with blond hair", "custom_id": "r-26", "seed": 7}`, and for kinds that take inputs also
/// `photo`, `sketch`, `labels`, `code`, `index` (each an ``InputReference``), `sources` (a list of them), `noise` (true)
/// and `options` (an object, see ``JobOptions``), which overrides that of the batch field by field.
public struct CaptionItem: Hashable, Sendable {
    /// Most bytes of a line, its newline not counted.
    public static let maximumLineBytes = 16 * 1024
    /// Most bytes (UTF-8) of a caption.
    public static let maximumCaptionBytes = 2_000
    /// Most bytes (UTF-8) of a custom id.
    public static let maximumCustomIDBytes = 128
    /// Seeds that an item may ask for.
    public static let seeds: ClosedRange<UInt64> = 0...UInt64(Int64.max)

    /// What to draw: not blank, no NUL; empty where the line has none.
    public let caption: String
    /// The caller's own name for the line, unique in its batch.
    public let customID: String?
    /// Seed of the line; without it, the seed of the batch plus the number of the line.
    public let seed: UInt64?
    /// What most lines do without; apart, so that millions of plain ones stay small.
    private let more: More?

    /// Inputs and options of a line that has some.
    private final class More: Hashable, Sendable {
        let inputs: JobInputs
        let options: JobOptions

        init?(_ inputs: JobInputs, _ options: JobOptions) {
            if inputs.isEmpty, options.isEmpty { return nil }
            self.inputs = inputs
            self.options = options
        }

        static func == (left: More, right: More) -> Bool {
            left === right || (left.inputs == right.inputs && left.options == right.options)
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(inputs)
            hasher.combine(options)
        }
    }

    /// What the line works on beside its caption.
    public var inputs: JobInputs { more?.inputs ?? .none }
    /// What the line chooses differently from its batch.
    public var options: JobOptions { more?.options ?? .none }
    /// Whether the line has neither inputs nor options of its own.
    public var isPlain: Bool { more == nil }

    /// Checks the parts of an item.
    ///
    /// - Parameters:
    ///   - caption: What to draw; empty for none.
    ///   - customID: The caller's own name for the line.
    ///   - seed: Seed of the line.
    ///   - inputs: What it works on.
    ///   - options: What it chooses differently from its batch.
    ///   - kind: The kind of its batch, whose rules it must keep.
    ///   - batch: The options of its batch.
    public init(
        caption: String = "", customID: String? = nil, seed: UInt64? = nil, inputs: JobInputs = .none,
        options: JobOptions = .none, kind: JobKind = .generate, batch: JobOptions = .none
    ) throws(ItemError) {
        if !caption.isEmpty { try Self.check(caption) }
        if let customID { try Self.check(customID: customID) }
        if let seed, !Self.seeds.contains(seed) {
            throw ItemError(.invalidField, "“seed” must be a whole number from 0 to \(Self.seeds.upperBound)")
        }
        self.caption = caption
        self.customID = customID
        self.seed = seed
        more = More(inputs, options)
        try check(kind, batch)
    }

    /// Reads one line of newline-delimited JSON, with or without a carriage return at its end.
    ///
    /// - Parameters:
    ///   - line: The line.
    ///   - kind: The kind of its batch, whose rules it must keep.
    ///   - batch: The options of its batch.
    public init(
        parsing line: ArraySlice<UInt8>, kind: JobKind = .generate, batch: JobOptions = .none
    ) throws(ItemError) {
        guard line.count <= Self.maximumLineBytes else {
            throw ItemError(
                .lineTooLong,
                "the line has \(line.count) bytes; a line may have \(Self.maximumLineBytes), "
                    + "a caption \(Self.maximumCaptionBytes)")
        }
        guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else {
            throw ItemError(.blankLine, "the line is blank; remove it or write a caption")
        }
        var fields = Fields()
        do throws(JSONScanner.Failure) {
            try fields.read(line)
        } catch {
            throw ItemError(error, in: fields.current)
        }
        if let refusal = fields.refusal { throw refusal }
        // A caption that is there and empty is a mistake; one that is not there may be none.
        if let caption = fields.caption, caption.isEmpty { try Self.check(caption) }
        try self.init(
            caption: fields.caption ?? "", customID: fields.customID, seed: fields.seed, inputs: fields.inputs,
            options: fields.options, kind: kind, batch: batch)
    }

    /// Reads one line of newline-delimited JSON.
    public init(parsing line: [UInt8], kind: JobKind = .generate, batch: JobOptions = .none) throws(ItemError) {
        try self.init(parsing: line[...], kind: kind, batch: batch)
    }

    private func check(_ kind: JobKind, _ batch: JobOptions) throws(ItemError) {
        let options = isPlain ? batch : batch.overridden(by: options)
        if let error = kind.objection(caption: caption, inputs: inputs, options: options) { throw error }
    }

    /// Appends the item as one line of JSON, without a newline; it reads back as the same.
    public func encode(into bytes: inout [UInt8]) {
        var writer = JSONWriter(appendingTo: bytes)
        // Held once, so that appending does not copy.
        bytes = []
        writer.raw("{")
        var separator: StaticString = ""
        func key(_ name: StaticString) {
            writer.raw(separator)
            writer.raw("\"")
            writer.raw(name)
            writer.raw("\":")
            separator = ","
        }
        if !caption.isEmpty {
            key("caption")
            writer.string(caption)
        }
        if let customID {
            key("custom_id")
            writer.string(customID)
        }
        if let seed {
            key("seed")
            writer.number(seed)
        }
        if !inputs.isEmpty {
            writer.raw(separator)
            inputs.encodeFields(into: &writer)
            separator = ","
        }
        if !options.isEmpty {
            key("options")
            options.encode(into: &writer)
        }
        writer.raw("}")
        bytes = writer.bytes
    }

    private static func check(_ caption: String) throws(ItemError) {
        let count = caption.utf8.count
        guard count <= maximumCaptionBytes else {
            throw ItemError(
                .invalidField, "“caption” has \(count) bytes; shorten it to \(maximumCaptionBytes) or fewer")
        }
        guard !caption.hasNUL else {
            throw ItemError(.invalidField, "“caption” contains a NUL character; remove it")
        }
        guard caption.unicodeScalars.contains(where: { !$0.isBlank }) else {
            throw ItemError(.invalidField, "“caption” is blank; say what to draw")
        }
    }

    private static func check(customID: String) throws(ItemError) {
        guard (1...maximumCustomIDBytes).contains(customID.utf8.count), !customID.hasNUL else {
            throw ItemError(
                .invalidField,
                "“custom_id” must have 1 to \(maximumCustomIDBytes) bytes and no NUL; change it or leave it out")
        }
    }
}

extension String {
    /// Whether there is a NUL, which no text in PostgreSQL may have.
    fileprivate var hasNUL: Bool {
        utf8.withContiguousStorageIfAvailable { $0.contains(0) } ?? utf8.contains(0)
    }
}

extension Unicode.Scalar {
    /// Whether it is white space; that of ASCII is told without a look into the tables of Unicode.
    fileprivate var isBlank: Bool {
        isASCII ? value == 0x20 || (0x09...0x0D).contains(value) : properties.isWhitespace
    }
}

/// The fields of a line as far as they are read.
private struct Fields {
    var caption: String?
    var customID: String?
    var seed: UInt64?
    var inputs = JobInputs.none
    var options = JobOptions.none
    private var hasOptions = false
    private var seen: Set<JobInputs.Field> = []
    /// The field that is being read, for the message when that fails.
    var current: String?
    var refusal: ItemError?

    mutating func read(_ line: ArraySlice<UInt8>) throws(JSONScanner.Failure) {
        var scanner = JSONScanner(line)
        try scanner.openObject()
        while let key = try scanner.nextKey() {
            guard !isRead(key) else {
                refusal = ItemError(.duplicateField, "“\(key)” is there twice; keep one of the two")
                return
            }
            current = key
            switch key {
            case "caption": caption = try scanner.string()
            case "custom_id": customID = try scanner.string()
            case "seed": seed = UInt64(try scanner.integer(in: 0...Int64.max))
            case "options":
                hasOptions = true
                try options.read(from: &scanner)
            default:
                guard let field = JobInputs.Field(rawValue: key) else {
                    refusal = ItemError(
                        .unknownField,
                        "“\(ItemError.readable(key))” is no field of an item; the fields are caption, custom_id, seed, "
                            + JobInputs.Field.allCases.map(\.rawValue).joined(separator: ", ") + " and options")
                    return
                }
                seen.insert(field)
                try inputs.read(field, from: &scanner)
            }
            current = nil
        }
    }

    private func isRead(_ key: String) -> Bool {
        switch key {
        case "caption": caption != nil
        case "custom_id": customID != nil
        case "seed": seed != nil
        case "options": hasOptions
        default: JobInputs.Field(rawValue: key).map(seen.contains) ?? false
        }
    }
}

extension ItemError {
    /// Turns a mistake in the text into one of the line.
    init(_ failure: JSONScanner.Failure, in field: String?) {
        let subject = field.map { "“\(ItemError.readable($0))” " }
        switch failure.kind {
        case .malformed: self.init(.malformedJSON, "the line is not valid JSON: \(failure.message)")
        case .invalidUTF8: self.init(.invalidUTF8, (subject ?? "a field name ") + failure.message)
        case .nul: self.init(.invalidField, (subject ?? "a field name ") + failure.message)
        case .wrongType, .outOfRange: self.init(.invalidField, (subject ?? "") + failure.message)
        }
    }
}
