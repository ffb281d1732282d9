/// The fields of a fact's body: all there are, for every kind has some of them.
struct FactFields {
    private var texts: [String: String] = [:]
    private var numbers: [String: Int64] = [:]

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
            guard texts[key] == nil, numbers[key] == nil else { throw Self.unfit("the key “\(key)” is there twice") }
            switch key {
            case "image", "code", "manifest", "message", "checkpoint", "note": texts[key] = try scanner.string()
            case "bytes", "width", "height", "milliseconds", "retryable", "begun", "step", "total":
                numbers[key] = try scanner.integer(in: 0...Self.maximum(of: key))
            default: throw Self.unfit("the key “\(ItemError.readable(key))” is unknown")
            }
        }
    }

    private static func maximum(of key: String) -> Int64 {
        switch key {
        case "retryable", "begun": 1
        case "milliseconds": Fact.Event.maximumSnooze.milliseconds
        default: Int64(Int32.max)
        }
    }

    private static func unfit(_ message: String) -> JSONScanner.Failure {
        JSONScanner.Failure(kind: .malformed, message: message)
    }

    func result() throws(FactError) -> JobResult {
        JobResult(
            imageDigest: try digest("image"), bytes: try number("bytes"), width: try number("width"),
            height: try number("height"), codeDigest: try digest("code"),
            manifestDigest: texts["manifest"] == nil ? nil : try digest("manifest"),
            milliseconds: try number("milliseconds"))
    }

    func failure() throws(FactError) -> JobFailure {
        let wait: Duration? = numbers["milliseconds"].map { .milliseconds($0) }
        return JobFailure(
            code: try text("code"), message: try text("message"), retryable: try number("retryable") == 1,
            retryAfter: wait)
    }

    func progress() throws(FactError) -> JobProgress {
        JobProgress(
            step: try number("step"), total: try number("total"),
            checkpoint: texts["checkpoint"] == nil ? nil : try digest("checkpoint"), note: texts["note"])
    }

    func hasBegun() throws(FactError) -> Bool {
        try number("begun") == 1
    }

    func milliseconds() throws(FactError) -> Int64 {
        Int64(try number("milliseconds"))
    }

    private func number(_ key: String) throws(FactError) -> Int {
        guard let value = numbers[key] else { throw FactError("a fact has no “\(key)”") }
        return Int(value)
    }

    private func text(_ key: String) throws(FactError) -> String {
        guard let value = texts[key] else { throw FactError("a fact has no “\(key)”") }
        return value
    }

    private func digest(_ key: String) throws(FactError) -> String {
        let value = try text(key)
        guard value.utf8.count == 64, value.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else {
            throw FactError("“\(key)” of a fact is not a SHA-256 in hexadecimal")
        }
        return value
    }
}
