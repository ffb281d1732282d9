import Foundation
public import Logging

/// Writes each log event as one line of JSON: `ts`, `level`, `logger`, `message`, then the metadata as strings.
///
/// A key of the metadata that is one of those four names gets an underscore in front.
public struct JSONLogHandler: LogHandler {
    /// Least severe level that is written.
    public var logLevel: Logger.Level
    /// Metadata of every event of this logger.
    public var metadata: Logger.Metadata = [:]
    /// Source of metadata from the task's context.
    public var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let write: @Sendable (String) -> Void

    /// Makes a handler.
    ///
    /// - Parameters:
    ///   - label: Name of the logger.
    ///   - level: Least severe level that is written.
    ///   - write: Takes one line, its newline included.
    public init(label: String, level: Logger.Level, write: @escaping @Sendable (String) -> Void) {
        self.label = label
        logLevel = level
        self.write = write
    }

    /// Reads or changes one entry of the metadata.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes an event.
    public func log(event: LogEvent) {
        write(line(event, at: Date()))
    }

    func line(_ event: LogEvent, at date: Date) -> String {
        let timestamp = date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        var line = "{\"ts\":\"\(timestamp)\",\"level\":\"\(event.level)\","
        line += "\"logger\":\(Self.quoted(label)),\"message\":\(Self.quoted("\(event.message)"))"
        var fields = metadataProvider?.get() ?? [:]
        fields.merge(metadata) { $1 }
        if let own = event.metadata { fields.merge(own) { $1 } }
        if let error = event.error, fields[LogKey.error] == nil { fields[LogKey.error] = "\(error)" }
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            line += ",\(Self.quoted(Self.reserved.contains(key) ? "_" + key : key)):\(Self.quoted("\(value)"))"
        }
        return line + "}\n"
    }

    private static let reserved: Set<String> = ["ts", "level", "logger", "message"]

    /// A JSON string: a log line must stay one line whatever a caption or a server's message holds.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{2028}": result += "\\u2028"
            case "\u{2029}": result += "\\u2029"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
