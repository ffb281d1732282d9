extension JobOptions {
    /// Names of the options as they stand in JSON.
    public enum Field: String, Hashable, Sendable, CaseIterable {
        /// ``JobOptions/layers``.
        case layers
        /// ``JobOptions/policy``.
        case policy
        /// ``JobOptions/strength``.
        case strength
        /// ``JobOptions/steps``.
        case steps
        /// ``JobOptions/losses``.
        case losses
        /// ``JobOptions/learningRate``.
        case learningRate = "learning_rate"
        /// ``JobOptions/frames``.
        case frames
        /// ``JobOptions/format``.
        case format
        /// ``JobOptions/style``.
        case style
        /// ``JobOptions/bestOf``.
        case bestOf = "best_of"
        /// ``JobOptions/scores``.
        case scores
        /// ``JobOptions/firstSample``.
        case firstSample = "first_sample"
    }

    /// The options that are chosen, in a fixed order.
    public var fields: [Field] {
        Field.allCases.filter { field in
            switch field {
            case .layers: layers != nil
            case .policy: !policy.isEmpty
            case .strength: strength != nil
            case .steps: steps != nil
            case .losses: !losses.isEmpty
            case .learningRate: learningRate != nil
            case .frames: frames != nil
            case .format: format != nil
            case .style: style != nil
            case .bestOf: bestOf != nil
            case .scores: scores
            case .firstSample: firstSample != nil
            }
        }
    }

    /// The JSON, keys in a fixed order; `{}` where nothing is chosen.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter(capacity: 128)
        encode(into: &writer)
        return writer.bytes
    }

    /// Reads what ``encoded()`` wrote, strictly: every field known and in its range.
    public init(decoding bytes: [UInt8]) throws(RequestError) {
        self.init()
        var scanner = JSONScanner(bytes[...])
        var current = ""
        do throws(JSONScanner.Failure) {
            try scanner.openObject()
            var seen: Set<String> = []
            while let key = try scanner.nextKey() {
                current = key
                guard seen.insert(key).inserted else {
                    throw JSONScanner.Failure(kind: .malformed, message: "is there twice")
                }
                try read(key, from: &scanner)
            }
        } catch {
            throw RequestError("option “\(ItemError.readable(current))”: \(error.message)")
        }
    }

    func encode(into writer: inout JSONWriter) {
        writer.raw("{")
        for (number, field) in fields.enumerated() {
            if number > 0 { writer.raw(",") }
            writer.string(field.rawValue)
            writer.raw(":")
            encode(field, into: &writer)
        }
        writer.raw("}")
    }

    private func encode(_ field: Field, into writer: inout JSONWriter) {
        switch field {
        case .layers: Self.encode(layers ?? [], into: &writer)
        case .policy:
            Self.encode(policy.sorted { $0.key < $1.key }, into: &writer, key: \.self) { Self.encode($0, into: &$1) }
        case .losses:
            Self.encode(losses.sorted { $0.key < $1.key }, into: &writer, key: \.rawValue) { $1.number($0) }
        case .strength: writer.number(strength ?? 0)
        case .steps: writer.number(steps ?? 0)
        case .learningRate: writer.number(learningRate ?? 0)
        case .frames: writer.number(frames ?? 0)
        case .format: writer.string(format?.rawValue ?? "")
        case .style: writer.number(style ?? 0)
        case .bestOf: writer.number(bestOf ?? 0)
        case .scores: writer.raw("true")
        case .firstSample: writer.number(firstSample ?? 0)
        }
    }

    private static func encode(_ numbers: [Int], into writer: inout JSONWriter) {
        writer.raw("[")
        for (place, number) in numbers.enumerated() {
            if place > 0 { writer.raw(",") }
            writer.number(number)
        }
        writer.raw("]")
    }

    private static func encode<Key, Value>(
        _ pairs: [(key: Key, value: Value)], into writer: inout JSONWriter, key name: (Key) -> String,
        value: (Value, inout JSONWriter) -> Void
    ) {
        writer.raw("{")
        for (place, pair) in pairs.enumerated() {
            if place > 0 { writer.raw(",") }
            writer.string(name(pair.key))
            writer.raw(":")
            value(pair.value, &writer)
        }
        writer.raw("}")
    }

    /// Reads the whole object in the place of a value.
    mutating func read(from scanner: inout JSONScanner) throws(JSONScanner.Failure) {
        var options = self
        try scanner.object { (key, scanner) throws(JSONScanner.Failure) in try options.read(key, from: &scanner) }
        self = options
    }

    private mutating func read(_ key: String, from scanner: inout JSONScanner) throws(JSONScanner.Failure) {
        guard let field = Field(rawValue: key) else {
            let known = Field.allCases.map(\.rawValue).joined(separator: ", ")
            throw JSONScanner.Failure(
                kind: .malformed,
                message: "“\(ItemError.readable(key))” is no option; the options are \(known)")
        }
        switch field {
        case .layers: layers = try Self.layers(&scanner)
        case .policy:
            var policy: [String: [Int]] = [:]
            try scanner.object { (name, scanner) throws(JSONScanner.Failure) in
                policy[name] = try Self.layers(&scanner)
            }
            self.policy = policy
        case .losses:
            var losses: [OptimizationTerm: Double] = [:]
            try scanner.object { (name, scanner) throws(JSONScanner.Failure) in
                guard let term = OptimizationTerm(rawValue: name) else {
                    let known = OptimizationTerm.allCases.map(\.rawValue).joined(separator: ", ")
                    throw JSONScanner.Failure(
                        kind: .malformed,
                        message: "“\(ItemError.readable(name))” is no term of a loss; the terms are \(known)")
                }
                losses[term] = try scanner.double(in: Self.weights)
            }
            self.losses = losses
        case .strength: strength = try scanner.double(in: Self.strengths)
        case .steps: steps = try scanner.count(in: Self.steps)
        case .learningRate: learningRate = try scanner.double(in: Self.learningRates)
        case .frames: frames = try scanner.count(in: Self.frameCounts)
        case .format:
            guard let format = InterpolationFormat(rawValue: try scanner.string()) else {
                throw JSONScanner.Failure(kind: .wrongType, message: "must be “frames” or “animation”")
            }
            self.format = format
        case .style: style = UInt64(try scanner.integer(in: 0...Int64.max))
        case .bestOf: bestOf = try scanner.count(in: Self.choices)
        case .scores: scores = try scanner.boolean()
        case .firstSample:
            firstSample = try scanner.count(in: 0...BatchSpecification.sampleCounts.upperBound - 1)
        }
    }

    private static func layers(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> [Int] {
        var layers: [Int] = []
        try scanner.list(limit: layerNumbers.count) { (scanner) throws(JSONScanner.Failure) in
            layers.append(try scanner.count(in: layerNumbers))
        }
        return layers
    }
}

extension JSONScanner {
    /// A whole number in `range`.
    mutating func count(in range: ClosedRange<Int>) throws(Failure) -> Int {
        Int(try integer(in: Int64(range.lowerBound)...Int64(range.upperBound)))
    }
}
