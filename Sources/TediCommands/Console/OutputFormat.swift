import ArgumentParser
import Foundation
import JobAPI

/// How a command writes its result.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    /// For people.
    case table
    /// One JSON document, indented.
    case json
    /// One JSON document per line.
    case jsonl
}

/// `--output`.
struct OutputOptions: ParsableArguments {
    @Option(name: [.short, .customLong("output")], help: "Form of the result: table, json or jsonl.")
    var output = OutputFormat.table
}

extension Console {
    /// Writes a value as JSON, in the names and timestamps of the HTTP interface.
    func printJSON(_ value: some Encodable, format: OutputFormat) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if format == .json { encoder.outputFormatting.insert(.prettyPrinted) }
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(WireFormat.timestamp(date))
        }
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Writes a list: one document for `json`, one line per element for `jsonl`.
    func printJSON<Element: Encodable>(list: [Element], format: OutputFormat) throws {
        guard format == .jsonl else { return try printJSON(list, format: format) }
        for element in list { try printJSON(element, format: format) }
    }
}
