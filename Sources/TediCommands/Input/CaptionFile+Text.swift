import Jobs
import Tables

extension CaptionFile {
    /// Reads one caption per line; of kinds without captions, their input.
    mutating func readText(_ bytes: ArraySlice<UInt8>) {
        for line in FileLines(bytes) {
            do throws(ItemError) {
                add(try draft(line), line: line.number)
            } catch {
                refuse(line: line.number, error.message)
            }
        }
    }

    private func draft(_ line: FileLines.Line) throws(ItemError) -> ItemDraft {
        guard !line.bytes.allSatisfy(FileLines.isSpace) else {
            throw ItemError(.blankLine, "the line is blank; remove it or write a caption")
        }
        // Before the text is decoded: a line of a megabyte is refused at the cost of looking at its length.
        guard line.bytes.count <= InputText.maximumBytes(of: plan.lineField) else {
            throw InputText.tooLong(line.bytes.count, plan.lineField)
        }
        let text = try String(checking: line.bytes)
        var draft = ItemDraft()
        if case .input(let role) = plan.lineField {
            draft.inputs[role] = InputText.parts(of: text, as: role)
        } else {
            draft.caption = text
        }
        return draft
    }

    /// The draft as JSON, with what the command line gives, and with references for its files.
    mutating func written(_ draft: ItemDraft) throws(ItemError) -> [UInt8] {
        var draft = draft.completed(by: plan.defaults, kind: plan.kind)
        for (role, texts) in draft.inputs {
            var references: [String] = []
            for text in texts { references.append(try files.reference(text, as: role)) }
            draft.inputs[role] = references
        }
        return draft.json()
    }
}

/// Inputs as people write them.
enum InputText {
    /// Beginnings of references; a file with such a name is written with `./` before it.
    private static let schemes = ["sha256:", "job:", "line:", "after:"]
    /// Most bytes of a path, or of several.
    private static let maximumPathBytes = 16 << 10

    static func isReference(_ text: String) -> Bool {
        schemes.contains { text.hasPrefix($0) }
    }

    /// Whether a text is a SHA-256, as `metadata.jsonl` has them.
    static func isDigest(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    /// The single inputs of a text: several are separated by semicolons.
    static func parts(of text: String, as role: InputRole) -> [String] {
        guard role == .sources else { return [text.trimmed] }
        return text.split(separator: ";").map(\.trimmed).filter { !$0.isEmpty }
    }

    static func maximumBytes(of field: ItemField) -> Int {
        field == .caption ? CaptionItem.maximumCaptionBytes : maximumPathBytes
    }

    static func tooLong(_ count: Int, _ field: ItemField) -> ItemError {
        ItemError(
            .lineTooLong, "the \(field.name) has \(count) bytes; shorten it to \(maximumBytes(of: field)) or fewer")
    }
}
