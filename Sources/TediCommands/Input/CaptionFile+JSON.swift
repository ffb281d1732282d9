import Jobs
import Tables

extension CaptionFile {
    /// Reads one JSON object per line.
    mutating func readJSONLines(_ bytes: ArraySlice<UInt8>) {
        for case .option(let option) in plan.columns.keys {
            return refuse(
                line: 1, "options of JSON lines stand in “options”: write {\"options\": {\"\(option.rawValue)\": …}}")
        }
        for line in FileLines(bytes) { add(edited: line.bytes, number: line.number) }
    }

    /// The line with the names that the coordinator knows, with references for its files, and with what the command
    /// line gives; as it is where there is nothing of that kind.
    mutating func edited(_ line: ArraySlice<UInt8>) throws(ItemError) -> ArraySlice<UInt8> {
        // Before anything is decoded: a line of a megabyte is refused at the cost of looking at its length.
        guard line.count <= CaptionItem.maximumLineBytes, mayNeedEdits(line) else { return line }
        let editor = JSONLineEditor(line)
        let members = editor.members()
        var edits: [(range: Range<Int>, with: [UInt8])] = []
        var names: Set<String> = []
        for member in members {
            let name = fieldName(ofColumn: member.name)
            names.insert(name)
            if name != member.name {
                var bytes: [UInt8] = []
                ItemWriter.append(name, to: &bytes)
                edits.append((member.nameRange, bytes))
            }
            guard let role = InputRole(rawValue: name) else { continue }
            for range in member.strings {
                // What is malformed, or not there, is refused when the line is read.
                guard let text = editor.text(range), !text.isEmpty else { continue }
                let reference = try files.reference(text, as: role)
                guard reference != text else { continue }
                edits.append((range, Array("\"\(reference)\"".utf8)))
            }
        }
        let added = plan.defaults.members(besides: names, kind: plan.kind)
        if !added.isEmpty, let end = line.lastIndex(of: UInt8(ascii: "}")) {
            let text = Array(added.joined(separator: [UInt8(ascii: ",")]))
            edits.append((end..<end, (members.isEmpty ? [] : [UInt8(ascii: ",")]) + text))
        }
        return edits.isEmpty ? line : editor.replacing(edits)[...]
    }

    /// Whether there may be something to edit, at the cost of a search: most lines are captions and nothing else.
    private func mayNeedEdits(_ line: ArraySlice<UInt8>) -> Bool {
        if !plan.columns.values.allSatisfy(\.isEmpty) || !plan.defaults.isEmpty { return true }
        return line.withUnsafeBufferPointer { bytes in
            bytes.indices.contains { index in
                switch bytes[index] {
                // Names may be written with escapes.
                case UInt8(ascii: "\\"): true
                case UInt8(ascii: "\""): Self.names.contains { bytes[(index + 1)...].starts(with: $0) }
                default: false
                }
            }
        }
    }

    /// The names of inputs, each with the quote behind it.
    private static let names = InputRole.allCases.map { Array("\($0.rawValue)\"".utf8) }

    private func fieldName(ofColumn column: String) -> String {
        column.isEmpty ? column : plan.columns.first { $0.value == column }?.key.name ?? column
    }
}
