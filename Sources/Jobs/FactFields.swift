/// The fields of a fact's body: all there are, for every kind has some of them.
///
/// Millions of bodies are read, so each field has its own place, and no table is made for a body.
struct FactFields {
    /// The keys, as bits of a set that knows which were there.
    private struct Keys: OptionSet {
        let rawValue: UInt16

        static let image = Keys(rawValue: 1 << 0)
        static let code = Keys(rawValue: 1 << 1)
        static let manifest = Keys(rawValue: 1 << 2)
        static let message = Keys(rawValue: 1 << 3)
        static let checkpoint = Keys(rawValue: 1 << 4)
        static let note = Keys(rawValue: 1 << 5)
        static let bytes = Keys(rawValue: 1 << 6)
        static let width = Keys(rawValue: 1 << 7)
        static let height = Keys(rawValue: 1 << 8)
        static let milliseconds = Keys(rawValue: 1 << 9)
        static let retryable = Keys(rawValue: 1 << 10)
        static let begun = Keys(rawValue: 1 << 11)
        static let step = Keys(rawValue: 1 << 12)
        static let total = Keys(rawValue: 1 << 13)
        static let preview = Keys(rawValue: 1 << 14)
        static let curve = Keys(rawValue: 1 << 15)
    }

    private static let flag: ClosedRange<Int64> = 0...1
    private static let count: ClosedRange<Int64> = 0...Int64(Int32.max)
    private static let wait: ClosedRange<Int64> = 0...Fact.Event.maximumSnooze.milliseconds

    private var seen: Keys = []
    private var image: String?
    private var code: String?
    private var manifest: String?
    private var message: String?
    private var checkpoint: String?
    private var note: String?
    private var bytes: Int64?
    private var width: Int64?
    private var height: Int64?
    private var milliseconds: Int64?
    private var retryable: Int64?
    private var begun: Int64?
    private var step: Int64?
    private var total: Int64?
    private var preview: String?
    private var curve: String?
    private var details: JobDetails?

    init(_ body: ArraySlice<UInt8>) throws(FactError) {
        do throws(JSONScanner.Failure) {
            try read(body)
        } catch {
            throw FactError("the body of a fact is malformed: \(error.message)")
        }
    }

    private mutating func read(_ body: ArraySlice<UInt8>) throws(JSONScanner.Failure) {
        var scanner = JSONScanner(body)
        try scanner.openObject()
        while let key = try scanner.nextKey() {
            switch key {
            case "image": image = try text(key, .image, &scanner)
            case "code": code = try text(key, .code, &scanner)
            case "manifest": manifest = try text(key, .manifest, &scanner)
            case "message": message = try text(key, .message, &scanner)
            case "checkpoint": checkpoint = try text(key, .checkpoint, &scanner)
            case "note": note = try text(key, .note, &scanner)
            case "bytes": bytes = try number(key, .bytes, Self.count, &scanner)
            case "width": width = try number(key, .width, Self.count, &scanner)
            case "height": height = try number(key, .height, Self.count, &scanner)
            case "milliseconds": milliseconds = try number(key, .milliseconds, Self.wait, &scanner)
            case "retryable": retryable = try number(key, .retryable, Self.flag, &scanner)
            case "begun": begun = try number(key, .begun, Self.flag, &scanner)
            case "step": step = try number(key, .step, Self.count, &scanner)
            case "total": total = try number(key, .total, Self.count, &scanner)
            case "preview": preview = try text(key, .preview, &scanner)
            case "curve": curve = try text(key, .curve, &scanner)
            case "details":
                guard details == nil else { throw Self.unfit("the key “details” is there twice") }
                var read = JobDetails.none
                try read.read(from: &scanner)
                details = read
            default: throw Self.unfit("the key “\(ItemError.readable(key))” is unknown")
            }
        }
    }

    private mutating func text(
        _ key: String, _ bit: Keys, _ scanner: inout JSONScanner
    ) throws(JSONScanner.Failure) -> String {
        try note(key, bit)
        return try scanner.string()
    }

    private mutating func number(
        _ key: String, _ bit: Keys, _ range: ClosedRange<Int64>, _ scanner: inout JSONScanner
    ) throws(JSONScanner.Failure) -> Int64 {
        try note(key, bit)
        return try scanner.integer(in: range)
    }

    private mutating func note(_ key: String, _ bit: Keys) throws(JSONScanner.Failure) {
        guard seen.insert(bit).inserted else { throw Self.unfit("the key “\(key)” is there twice") }
    }

    private static func unfit(_ message: String) -> JSONScanner.Failure {
        JSONScanner.Failure(kind: .malformed, message: message)
    }

    // MARK: What the kinds have

    func result() throws(FactError) -> JobResult {
        JobResult(
            imageDigest: try Self.digest(image, "image"), bytes: try Self.number(bytes, "bytes"),
            width: try Self.number(width, "width"), height: try Self.number(height, "height"),
            codeDigest: try Self.digest(code, "code"),
            manifestDigest: manifest == nil ? nil : try Self.digest(manifest, "manifest"),
            milliseconds: try Self.number(milliseconds, "milliseconds"), details: details ?? .none)
    }

    func failure() throws(FactError) -> JobFailure {
        let wait: Duration? = milliseconds.map { .milliseconds($0) }
        return JobFailure(
            code: try Self.text(code, "code"), message: try Self.text(message, "message"),
            retryable: try Self.number(retryable, "retryable") == 1, retryAfter: wait)
    }

    func progress() throws(FactError) -> JobProgress {
        JobProgress(
            step: try Self.number(step, "step"), total: try Self.number(total, "total"),
            checkpoint: checkpoint == nil ? nil : try Self.digest(checkpoint, "checkpoint"), note: note,
            preview: preview == nil ? nil : try Self.digest(preview, "preview"),
            curve: curve == nil ? nil : try Self.digest(curve, "curve"))
    }

    func hasBegun() throws(FactError) -> Bool {
        try Self.number(begun, "begun") == 1
    }

    func delay() throws(FactError) -> Duration {
        .milliseconds(Int64(try Self.number(milliseconds, "milliseconds")))
    }

    private static func number(_ value: Int64?, _ key: StaticString) throws(FactError) -> Int {
        guard let value else { throw FactError("a fact has no “\(key)”") }
        return Int(value)
    }

    private static func text(_ value: String?, _ key: StaticString) throws(FactError) -> String {
        guard let value else { throw FactError("a fact has no “\(key)”") }
        return value
    }

    private static func digest(_ value: String?, _ key: StaticString) throws(FactError) -> String {
        let value = try text(value, key)
        guard InputReference.isDigest(value) else {
            throw FactError("“\(key)” of a fact is not a SHA-256 in hexadecimal")
        }
        return value
    }
}
