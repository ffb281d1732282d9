package import Jobs

/// A field of an item that a column may give.
package enum ItemField: Hashable, Sendable {
    case caption
    case customID
    case seed
    case input(InputRole)
    case option(JobOptions.Field)

    /// The name of the field, which is that of its column where nobody says otherwise.
    var name: String {
        switch self {
        case .caption: "caption"
        case .customID: "custom_id"
        case .seed: "seed"
        case .input(let role): role.rawValue
        case .option(let option): option.rawValue
        }
    }

    /// The names of columns that are taken for it, best first.
    var columnNames: [String] {
        switch self {
        case .caption: ["caption", "text", "prompt", "description"]
        case .input(.photo): ["photo", "image", "picture", "file_name"]
        case .input(.labels): ["labels", "label_map", "mask"]
        default: [name]
        }
    }

    /// The flag that names its column.
    var flag: String {
        switch self {
        case .customID: "--id-column"
        default: "--\(name.replacing("_", with: "-"))-column"
        }
    }
}

extension JobOptions.Field {
    /// Those that a column may give; the others are for a whole batch.
    static let columns: [Self] = [
        .layers, .policy, .strength, .steps, .losses, .learningRate, .frames, .format, .style,
    ]

    /// Reads a value as it stands in a column and gives it as JSON; nil where it is malformed.
    func json(_ text: String) -> String? {
        switch self {
        case .layers: OptionText.layers(text).map { "\($0)" }
        case .policy: OptionText.policy(text).map { Self.object($0) { "\($0)" } }
        case .losses: OptionText.weights(text).map { Self.object($0) { "\($0)" } }
        case .strength, .learningRate: Double(text).flatMap { $0.isFinite ? "\($0)" : nil }
        case .steps, .frames: Int(text).map(String.init)
        case .style: UInt64(text).map(String.init)
        case .format: InterpolationFormat(rawValue: text).map { "\"\($0.rawValue)\"" }
        case .bestOf, .firstSample: Int(text).map(String.init)
        case .scores: Bool(text).map { "\($0)" }
        }
    }

    /// What it has to look like.
    var wanted: String {
        switch self {
        case .layers: "layers such as 4,5,6 or 4-6"
        case .policy: "attributes with their layers, such as hair=4-7;smile=2,3"
        case .losses: "losses with their weights, such as pixel=1,perceptual=0.5"
        case .strength, .learningRate: "a number"
        case .steps, .frames, .bestOf, .firstSample: "a whole number"
        case .scores: "true or false"
        case .style: "a seed, which is a whole number"
        case .format: "frames or animation"
        }
    }

    private static func object<Value>(_ values: [String: Value], _ json: (Value) -> String) -> String {
        let members = values.sorted { $0.key < $1.key }.map { name, value in
            var bytes: [UInt8] = []
            ItemWriter.append(name, to: &bytes)
            return String(decoding: bytes, as: UTF8.self) + ":" + json(value)
        }
        return "{" + members.joined(separator: ",") + "}"
    }
}

/// Options as people write them, in columns and behind flags.
enum OptionText {
    /// Rows of a code such as `4,5,6`, `4-6` or `0-3,8`; nil where it is malformed.
    static func layers(_ text: String) -> [Int]? {
        var layers: [Int] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0.trimmed) }
            guard ends.count <= 2, let first = ends[0], let last = ends[ends.count - 1], (0...999).contains(first),
                (first...999).contains(last)
            else { return nil }
            layers += first...last
        }
        return layers.isEmpty ? nil : layers
    }

    /// Attributes with their layers, such as `hair=4-7;smile=2,3`.
    static func policy(_ text: String) -> [String: [Int]]? {
        pairs(text, separator: ";") { layers($0) }
    }

    /// Names with numbers, such as `pixel=1,perceptual=0.5`.
    static func weights(_ text: String) -> [String: Double]? {
        pairs(text, separator: ",") { Double($0).flatMap { $0.isFinite ? $0 : nil } }
    }

    private static func pairs<Value>(
        _ text: String, separator: Character, _ read: (String) -> Value?
    ) -> [String: Value]? {
        var values: [String: Value] = [:]
        for part in text.split(separator: separator) {
            guard let sign = part.firstIndex(of: "="), let value = read(part[part.index(after: sign)...].trimmed) else {
                return nil
            }
            let name = part[..<sign].trimmed
            guard !name.isEmpty, values.updateValue(value, forKey: name) == nil else { return nil }
        }
        return values.isEmpty ? nil : values
    }
}

extension StringProtocol {
    /// The text without white space at its ends.
    var trimmed: String {
        let body = drop { $0.isWhitespace }
        guard let end = body.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(body[...end])
    }
}
