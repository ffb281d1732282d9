import Foundation

/// The figures of a report, whatever it holds: names with dots for what lies deeper.
struct Figures {
    private let value: Any

    init(_ report: Data) throws(CommandError) {
        guard let value = try? JSONSerialization.jsonObject(with: report, options: .fragmentsAllowed) else {
            throw .failed("the report is not JSON", remedy: "The worker may be of another version than this tedi.")
        }
        self.value = value
    }

    /// The whole as JSON.
    func json(indented: Bool) -> String {
        var options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes, .fragmentsAllowed]
        if indented { options.insert(.prettyPrinted) }
        let data = try? JSONSerialization.data(withJSONObject: value, options: options)
        return data.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Names and values; of lists the short ones only.
    var rows: [(String, String)] {
        var rows: [(String, String)] = []
        Self.collect(value, name: "", into: &rows)
        return rows
    }

    private static func collect(_ value: Any, name: String, into rows: inout [(String, String)]) {
        switch value {
        case let object as [String: Any]:
            for (key, value) in object.sorted(by: { $0.key < $1.key }) {
                collect(value, name: name.isEmpty ? key : "\(name).\(key)", into: &rows)
            }
        case let list as [Any]:
            guard list.count <= 12, !list.contains(where: { $0 is [Any] || $0 is [String: Any] }) else {
                rows.append((name, "\(list.count) entries"))
                return
            }
            rows.append((name, list.map(text).joined(separator: ", ")))
        default: rows.append((name.isEmpty ? "value" : name, text(value)))
        }
    }

    private static func text(_ value: Any) -> String {
        switch value {
        case let text as String: text
        case is NSNull: "-"
        case let number as NSNumber:
            // A number that was a whole one stays one; true and false are numbers as well.
            if CFBooleanKind.isBoolean(number) {
                number.boolValue ? "yes" : "no"
            } else if number.doubleValue == number.doubleValue.rounded(), abs(number.doubleValue) < 1e15 {
                "\(number.int64Value)"
            } else {
                Scores.text(number.doubleValue)
            }
        default: "\(value)"
        }
    }
}

/// Tells booleans from numbers.
private enum CFBooleanKind {
    static func isBoolean(_ number: NSNumber) -> Bool {
        // On Linux booleans are numbers of the C type `char`.
        String(cString: number.objCType) == "c" && (number == 0 || number == 1)
    }
}
