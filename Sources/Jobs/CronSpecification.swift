/// A batch that is made again and again: when, what, and what becomes of times that were missed.
public struct CronSpecification: Hashable, Sendable {
    /// Most bytes of a name.
    public static let maximumNameBytes = 64
    /// Most bytes of the name of a time zone.
    public static let maximumZoneBytes = 64
    /// Most captions of an entry.
    public static let maximumItems = 1_000
    /// Most bytes of all captions of an entry, as newline-delimited JSON: 1 MiB.
    public static let maximumItemBytes = 1 << 20
    /// Most images of one firing, which is one transaction.
    public static let maximumJobs = 10_000
    /// Most entries of a queue.
    public static let maximumEntries = 1_000

    /// Name of the entry: lower-case letters, digits, `.`, `_` and `-`, beginning with a letter or digit.
    public let name: String
    /// When it fires.
    public let expression: CronExpression
    /// Name of the time zone that the expression is read in, such as `Europe/Berlin`.
    public let zone: String
    /// What becomes of times that passed while no coordinator was there.
    public let missed: MissedFirings
    /// Whether every firing has the same seed; else each begins where the one before ended.
    public let isSeedFixed: Bool
    /// What all jobs of a firing have in common; its seed is that of the next firing.
    public let batch: BatchSpecification
    /// The captions.
    public let items: [CaptionItem]

    /// Checks the parts of an entry; whether the zone is one, only those know who have the rules of time zones.
    public init(
        name: String, expression: CronExpression, zone: String = "UTC", missed: MissedFirings = .skip,
        isSeedFixed: Bool = false, batch: BatchSpecification, items: [CaptionItem]
    ) throws(SpecificationError) {
        guard Self.isName(name) else {
            throw SpecificationError(
                field: "name",
                "must have 1 to \(Self.maximumNameBytes) lower-case letters, digits, dots, hyphens or underscores, "
                    + "the first a letter or digit")
        }
        guard (1...Self.maximumZoneBytes).contains(zone.utf8.count), zone.utf8.allSatisfy({ (0x21...0x7E) ~= $0 })
        else {
            throw SpecificationError(field: "zone", "must be the name of a time zone, such as Europe/Berlin or UTC")
        }
        guard (1...Self.maximumItems).contains(items.count) else {
            throw SpecificationError(field: "items", "must be 1 to \(Self.maximumItems) captions")
        }
        guard items.count * batch.variants <= Self.maximumJobs else {
            throw SpecificationError(
                field: "samples",
                "times the number of captions is \(items.count * batch.variants) images; a firing may have "
                    + "\(Self.maximumJobs)")
        }
        try Self.checkCustomIDs(of: items)
        self.name = name
        self.expression = expression
        self.zone = zone
        self.missed = missed
        self.isSeedFixed = isSeedFixed
        self.batch = batch
        self.items = items
        let bytes = encodedItems().count
        guard bytes <= Self.maximumItemBytes else {
            throw SpecificationError(
                field: "items", "have \(bytes) bytes; \(Self.maximumItemBytes) are accepted")
        }
    }

    private static func checkCustomIDs(of items: [CaptionItem]) throws(SpecificationError) {
        var lines: [String: Int] = [:]
        for (index, item) in items.enumerated() {
            guard let id = item.customID, let other = lines.updateValue(index + 1, forKey: id) else { continue }
            let error = ItemError.duplicateCustomID(id, alreadyOn: other)
            throw SpecificationError(field: "items", "cannot stand together: on line \(index + 1), \(error.message)")
        }
    }

    /// Whether a text may name an entry: it also stands in the path of a URL.
    public static func isName(_ text: String) -> Bool {
        func isPlain(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
        guard (1...maximumNameBytes).contains(text.utf8.count), let first = text.utf8.first, isPlain(first) else {
            return false
        }
        return text.utf8.allSatisfy { isPlain($0) || [0x2D, 0x2E, 0x5F].contains($0) }
    }

    /// The captions as newline-delimited JSON.
    public func encodedItems() -> [UInt8] {
        var bytes: [UInt8] = []
        for item in items {
            item.encode(into: &bytes)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    /// Reads what ``encodedItems()`` wrote.
    ///
    /// - Parameters:
    ///   - bytes: The lines.
    ///   - kind: The kind of the batch that they are for.
    ///   - options: The options of that batch.
    public static func items(
        decoding bytes: [UInt8], kind: JobKind = .generate, options: JobOptions = .none
    ) throws(ItemError) -> [CaptionItem] {
        var items: [CaptionItem] = []
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            items.append(try CaptionItem(parsing: line, kind: kind, batch: options))
        }
        return items
    }

    /// The seed of the firing behind one with seed `seed`, modulo 2^63.
    /// - Parameters:
    ///   - seed: The seed of a firing.
    ///   - lines: Its captions.
    ///   - samples: Images of each.
    public static func seed(after seed: UInt64, lines: Int, samples: Int) -> UInt64 {
        (seed &+ UInt64(lines * samples)) & UInt64(Int64.max)
    }
}
