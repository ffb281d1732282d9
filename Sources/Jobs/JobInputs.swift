/// What a job works on beside its caption.
public struct JobInputs: Hashable, Sendable {
    /// Sources that may be named.
    public static let maximumSources = 16

    /// A photo of a face: PNG or JPEG.
    public var photo: InputReference?
    /// A sketch: dark lines on white.
    public var sketch: InputReference?
    /// A label map: a colour or a gray value for each region of a face.
    public var labels: InputReference?
    /// A W+ code.
    public var code: InputReference?
    /// The list of a finished batch, for an evaluation.
    public var index: InputReference?
    /// Codes, or photos, that are mixed or lie at the ends of a way.
    public var sources: [InputReference]
    /// Says that nothing is given but random numbers, so that a forgotten caption is not taken for that.
    public var noise: Bool

    /// Names inputs.
    public init(
        photo: InputReference? = nil, sketch: InputReference? = nil, labels: InputReference? = nil,
        code: InputReference? = nil, index: InputReference? = nil, sources: [InputReference] = [], noise: Bool = false
    ) {
        self.photo = photo
        self.sketch = sketch
        self.labels = labels
        self.code = code
        self.index = index
        self.sources = sources
        self.noise = noise
    }

    /// No inputs.
    public static let none = JobInputs()

    /// Whether there is no input.
    public var isEmpty: Bool { self == .none }

    /// Every reference, in a fixed order.
    public var references: [InputReference] {
        [photo, sketch, labels, code, index].compactMap(\.self) + sources
    }

    /// The inputs with other references in the place of some.
    ///
    /// - Parameter transform: Gets a reference, and whether a code is asked for rather than a picture.
    public func mapped<Failure: Error>(
        _ transform: (InputReference, _ wantsCode: Bool) throws(Failure) -> InputReference
    ) throws(Failure) -> JobInputs {
        var inputs = self
        if let photo { inputs.photo = try transform(photo, false) }
        if let sketch { inputs.sketch = try transform(sketch, false) }
        if let labels { inputs.labels = try transform(labels, false) }
        if let code { inputs.code = try transform(code, true) }
        if let index { inputs.index = try transform(index, false) }
        for place in sources.indices { inputs.sources[place] = try transform(sources[place], true) }
        return inputs
    }
}

extension JobInputs {
    /// Names of the inputs as they stand in a line, and in a request.
    public enum Field: String, Hashable, Sendable, CaseIterable {
        /// ``JobInputs/photo``.
        case photo
        /// ``JobInputs/sketch``.
        case sketch
        /// ``JobInputs/labels``.
        case labels
        /// ``JobInputs/code``.
        case code
        /// ``JobInputs/index``.
        case index
        /// ``JobInputs/sources``.
        case sources
        /// ``JobInputs/noise``.
        case noise
    }

    /// The fields that are there, in a fixed order.
    public var fields: [Field] {
        Field.allCases.filter { field in
            switch field {
            case .photo: photo != nil
            case .sketch: sketch != nil
            case .labels: labels != nil
            case .code: code != nil
            case .index: index != nil
            case .sources: !sources.isEmpty
            case .noise: noise
            }
        }
    }

    func encode(into writer: inout JSONWriter) {
        writer.raw("{")
        encodeFields(into: &writer)
        writer.raw("}")
    }

    /// Writes the fields without braces, for a line that has them beside others.
    func encodeFields(into writer: inout JSONWriter) {
        for (number, field) in fields.enumerated() {
            if number > 0 { writer.raw(",") }
            writer.string(field.rawValue)
            writer.raw(":")
            switch field {
            case .photo: writer.string(photo?.text ?? "")
            case .sketch: writer.string(sketch?.text ?? "")
            case .labels: writer.string(labels?.text ?? "")
            case .code: writer.string(code?.text ?? "")
            case .index: writer.string(index?.text ?? "")
            case .noise: writer.raw("true")
            case .sources:
                writer.raw("[")
                for (place, source) in sources.enumerated() {
                    if place > 0 { writer.raw(",") }
                    writer.string(source.text)
                }
                writer.raw("]")
            }
        }
    }

    /// Reads the value of one field.
    mutating func read(_ field: Field, from scanner: inout JSONScanner) throws(JSONScanner.Failure) {
        switch field {
        case .photo: photo = try Self.reference(&scanner)
        case .sketch: sketch = try Self.reference(&scanner)
        case .labels: labels = try Self.reference(&scanner)
        case .code: code = try Self.reference(&scanner)
        case .index: index = try Self.reference(&scanner)
        case .noise: noise = try scanner.boolean()
        case .sources:
            var list: [InputReference] = []
            try scanner.list(limit: Self.maximumSources) { (scanner) throws(JSONScanner.Failure) in
                list.append(try Self.reference(&scanner))
            }
            sources = list
        }
    }

    private static func reference(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> InputReference {
        guard let reference = InputReference(try scanner.string()) else {
            throw JSONScanner.Failure(
                kind: .wrongType,
                message: "must be sha256: and 64 hexadecimal digits, job: and a number, or line: or after: and a name")
        }
        return reference
    }
}
