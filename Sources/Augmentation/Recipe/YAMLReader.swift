import CYAML

/// Reads the plain part of YAML: names with values, lists, text and numbers.
///
/// Anchors and aliases are refused, for a few lines of them can stand for gigabytes; so are tags, which ask for types
/// of others.
struct YAMLReader: ~Copyable {
    /// Most bytes of a document.
    static let maximumBytes = 256 << 10
    /// Most values in it.
    static let maximumNodes = 20_000
    /// How deep values may lie in each other.
    static let maximumDepth = 12

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: UnsafeMutableBufferPointer<UInt8>
    private let file: String
    private var nodes = 0

    /// The one document of a file.
    static func document(_ bytes: [UInt8], file: String) throws(RecipeError) -> YAMLNode {
        guard bytes.count <= maximumBytes else {
            throw RecipeError(file, line: 1, "it has more than \(maximumBytes >> 10) KiB; is it a recipe?")
        }
        var reader = try YAMLReader(bytes, file: file)
        return try reader.read()
    }

    private init(_ bytes: [UInt8], file: String) throws(RecipeError) {
        self.file = file
        parser = .allocate(capacity: 1)
        // The library keeps the pointer until the parser is deleted.
        self.bytes = .allocate(capacity: bytes.count)
        _ = self.bytes.initialize(from: bytes)
        guard yaml_parser_initialize(parser) == 1 else {
            throw RecipeError(file, line: 1, "there is no memory to read it")
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, self.bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        bytes.deallocate()
    }

    // MARK: Events

    private enum Event {
        case begin, end, documentStart, documentEnd
        case scalar(String, isPlain: Bool)
        case listStart, listEnd, mappingStart, mappingEnd
    }

    private mutating func next() throws(RecipeError) -> (event: Event, line: Int) {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure }
        defer { yaml_event_delete(&event) }
        let line = Int(event.start_mark.line) + 1
        switch event.type {
        case YAML_STREAM_START_EVENT: return (.begin, line)
        case YAML_STREAM_END_EVENT: return (.end, line)
        case YAML_DOCUMENT_START_EVENT: return (.documentStart, line)
        case YAML_DOCUMENT_END_EVENT: return (.documentEnd, line)
        case YAML_SEQUENCE_END_EVENT: return (.listEnd, line)
        case YAML_MAPPING_END_EVENT: return (.mappingEnd, line)
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            try check(anchor: start.anchor, tag: start.tag, line: line)
            return (.listStart, line)
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            try check(anchor: start.anchor, tag: start.tag, line: line)
            return (.mappingStart, line)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            try check(anchor: scalar.anchor, tag: scalar.tag, line: line)
            let text = String(
                validating: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            guard let text else { throw RecipeError(file, line: line, "the text is not UTF-8") }
            return (.scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE), line)
        case YAML_ALIAS_EVENT:
            throw RecipeError(file, line: line, "aliases (*name) are not read; write the value out")
        default: throw RecipeError(file, line: line, "it cannot be read as YAML")
        }
    }

    private func check(
        anchor: UnsafeMutablePointer<UInt8>?, tag: UnsafeMutablePointer<UInt8>?, line: Int
    ) throws(RecipeError) {
        guard anchor == nil else {
            throw RecipeError(file, line: line, "anchors (&name) are not read; write each value where it is wanted")
        }
        guard tag == nil else { throw RecipeError(file, line: line, "tags (!name) are not read; take it out") }
    }

    private var failure: RecipeError {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "it cannot be read as YAML"
        return RecipeError(file, line: Int(parser.pointee.problem_mark.line) + 1, problem)
    }

    // MARK: Nodes

    private mutating func read() throws(RecipeError) -> YAMLNode {
        _ = try next()
        guard case (.documentStart, _) = try next() else { throw RecipeError(file, line: 1, "it is empty") }
        let first = try next()
        let node = try self.node(first.event, line: first.line, depth: 0)
        _ = try next()
        let (event, line) = try next()
        guard case .end = event else {
            throw RecipeError(file, line: line, "a second document begins; a recipe is one document")
        }
        return node
    }

    private mutating func node(_ event: Event, line: Int, depth: Int) throws(RecipeError) -> YAMLNode {
        nodes += 1
        guard nodes <= Self.maximumNodes else { throw RecipeError(file, line: line, "it has too many values") }
        guard depth <= Self.maximumDepth else { throw RecipeError(file, line: line, "values lie too deep") }
        switch event {
        case .scalar(let text, let isPlain): return YAMLNode(line: line, content: .scalar(text, isPlain: isPlain))
        case .listStart: return YAMLNode(line: line, content: .list(try list(depth: depth)))
        case .mappingStart: return YAMLNode(line: line, content: .mapping(try mapping(depth: depth)))
        default: throw RecipeError(file, line: line, "it cannot be read as YAML")
        }
    }

    private mutating func list(depth: Int) throws(RecipeError) -> [YAMLNode] {
        var list: [YAMLNode] = []
        while true {
            let (event, line) = try next()
            if case .listEnd = event { return list }
            list.append(try node(event, line: line, depth: depth + 1))
        }
    }

    private mutating func mapping(depth: Int) throws(RecipeError) -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var lines: [String: Int] = [:]
        while true {
            let (event, line) = try next()
            if case .mappingEnd = event { return entries }
            guard case .scalar(let key, _) = event else {
                throw RecipeError(file, line: line, "a name must be plain text")
            }
            if let first = lines.updateValue(line, forKey: key) {
                throw RecipeError(file, line: line, "“\(key)” is there already, on line \(first)")
            }
            let (value, valueLine) = try next()
            entries.append(
                YAMLNode.Entry(key: key, line: line, value: try node(value, line: valueLine, depth: depth + 1)))
        }
    }
}
