/// One submitted line: a caption to be drawn.
///
/// As JSON: `{"caption": "a woman with blond hair", "custom_id": "r-26", "seed": 7}`; only `caption` is required.
public struct CaptionItem: Hashable, Sendable {
    /// Most bytes of a line, its newline not counted.
    public static let maximumLineBytes = 16 * 1024
    /// Most bytes (UTF-8) of a caption.
    public static let maximumCaptionBytes = 2_000
    /// Most bytes (UTF-8) of a custom id.
    public static let maximumCustomIDBytes = 128
    /// Seeds that an item may ask for.
    public static let seeds: ClosedRange<UInt64> = 0...UInt64(Int64.max)

    /// What to draw: not blank, no NUL.
    public let caption: String
    /// The caller's own name for the line, unique in its batch.
    public let customID: String?
    /// Seed of the line; without it, the seed of the batch plus the number of the line.
    public let seed: UInt64?

    /// Checks the parts of an item.
    public init(caption: String, customID: String? = nil, seed: UInt64? = nil) throws(ItemError) {
        try Self.check(caption)
        if let customID { try Self.check(customID: customID) }
        if let seed, !Self.seeds.contains(seed) {
            throw ItemError(.invalidField, "“seed” must be a whole number from 0 to \(Self.seeds.upperBound)")
        }
        self.caption = caption
        self.customID = customID
        self.seed = seed
    }

    /// Reads one line of newline-delimited JSON, with or without a carriage return at its end.
    public init(parsing line: ArraySlice<UInt8>) throws(ItemError) {
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
        guard let caption = fields.caption else {
            throw ItemError(.missingCaption, "the line has no “caption”; write {\"caption\": \"…\"}")
        }
        try self.init(caption: caption, customID: fields.customID, seed: fields.seed)
    }

    /// Reads one line of newline-delimited JSON.
    public init(parsing line: [UInt8]) throws(ItemError) {
        try self.init(parsing: line[...])
    }

    private static func check(_ caption: String) throws(ItemError) {
        let count = caption.utf8.count
        guard count <= maximumCaptionBytes else {
            throw ItemError(
                .invalidField, "“caption” has \(count) bytes; shorten it to \(maximumCaptionBytes) or fewer")
        }
        guard !caption.utf8.contains(0) else {
            throw ItemError(.invalidField, "“caption” contains a NUL character; remove it")
        }
        guard caption.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
            throw ItemError(.invalidField, "“caption” is blank; say what to draw")
        }
    }

    private static func check(customID: String) throws(ItemError) {
        guard (1...maximumCustomIDBytes).contains(customID.utf8.count), !customID.utf8.contains(0) else {
            throw ItemError(
                .invalidField,
                "“custom_id” must have 1 to \(maximumCustomIDBytes) bytes and no NUL; change it or leave it out")
        }
    }
}

/// The fields of a line as far as they are read.
private struct Fields {
    var caption: String?
    var customID: String?
    var seed: UInt64?
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
            default:
                refusal = ItemError(
                    .unknownField,
                    "“\(ItemError.readable(key))” is no field of an item; the fields are caption, custom_id and seed")
                return
            }
            current = nil
        }
    }

    private func isRead(_ key: String) -> Bool {
        switch key {
        case "caption": caption != nil
        case "custom_id": customID != nil
        case "seed": seed != nil
        default: false
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
