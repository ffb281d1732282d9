/// The rules of the Prometheus text format 0.0.4 that concern single values and strings.
enum PrometheusText {
    /// A metric or label name: whatever is not a letter, digit or underscore becomes an underscore.
    static func name(_ name: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in name.unicodeScalars {
            let digit = ("0"..."9").contains(scalar)
            let letter = ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
            if digit, scalars.isEmpty { scalars.append("_") }
            scalars.append(digit || letter ? scalar : "_")
        }
        return scalars.isEmpty ? "_" : String(scalars)
    }

    /// Labels as they stand between braces: sorted, so that equal sets make equal strings; without the braces.
    static func labels(_ dimensions: [(String, String)]) -> String {
        dimensions
            .map { (name($0.0), $0.1) }
            .sorted { $0.0 < $1.0 }
            .map { "\($0.0)=\"\(escaped($0.1, quotes: true))\"" }
            .joined(separator: ",")
    }

    /// A help text (backslash and line feed escaped) or a label value (quotes as well).
    static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    /// A sample value; whole numbers without a fraction, as people expect of counters.
    static func value(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return "\(value)"
    }

    /// One line of the exposition.
    static func sample(_ name: String, labels: String, value: String) -> String {
        labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }
}
