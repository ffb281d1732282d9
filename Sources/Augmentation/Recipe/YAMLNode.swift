/// A value of a YAML document and where it stands.
struct YAMLNode {
    /// One entry of a mapping.
    struct Entry {
        var key: String
        /// Line of the key, from 1.
        var line: Int
        var value: YAMLNode
    }

    indirect enum Content {
        /// Plain or quoted text; only plain text can be a number, a truth value or nothing.
        case scalar(String, isPlain: Bool)
        case list([YAMLNode])
        case mapping([Entry])
    }

    /// Line on which it begins, from 1.
    var line: Int
    var content: Content

    /// What it is, for messages.
    var sort: String {
        switch content {
        case .scalar("", true): "nothing"
        case .scalar: "a single value"
        case .list: "a list"
        case .mapping: "names with values"
        }
    }
}
