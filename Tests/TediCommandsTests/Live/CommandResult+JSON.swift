import Foundation
import JobAPI
import LiveSystems

extension CommandResult {
    /// What a command wrote with `--output json`, read.
    func read<Body: Decodable>(_ type: Body.Type) throws -> Body {
        try WireFormat.decode(type, from: Data(output.utf8))
    }

    /// What a command wrote with `--output jsonl`, read line by line.
    func lines<Body: Decodable>(of type: Body.Type) throws -> [Body] {
        try output.split(separator: "\n").map { try WireFormat.decode(type, from: Data($0.utf8)) }
    }

    /// The value beside a name in the table of two columns that shows one thing.
    func value(of name: String) -> String? {
        let line = output.split(separator: "\n").first { $0.hasPrefix(name + "  ") }
        return line.map { $0.dropFirst(name.count).trimmingCharacters(in: .whitespaces) }
    }
}
