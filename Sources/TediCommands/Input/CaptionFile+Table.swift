import Jobs
import Tables

extension CaptionFile {
    /// Reads rows of values whose header names what the columns give.
    ///
    /// The fields that the kind of work knows are found by their names; other columns are not used.
    mutating func readTable(_ bytes: ArraySlice<UInt8>, separator: UInt8) {
        var rows = CSVRows(bytes, separator: separator)
        guard let header = nextRow(&rows), let columns = columns(of: header) else { return }
        while let row = nextRow(&rows) {
            guard row.fields.count == header.fields.count else {
                let fields = row.fields.count == 1 ? "1 field" : "\(row.fields.count) fields"
                let hint = row.fields.count > header.fields.count ? "; put text that has commas into quotes" : ""
                refuse(line: row.line, "the row has \(fields), the header \(header.fields.count)\(hint)")
                continue
            }
            do throws(ItemError) {
                add(try columns.draft(row.fields), line: row.line)
            } catch {
                refuse(line: row.line, error.message)
            }
        }
    }

    private mutating func nextRow(_ rows: inout CSVRows) -> CSVRows.Row? {
        do throws(InputError) {
            return try rows.next()
        } catch {
            // What follows a misplaced quote cannot be told apart; reading on would name mistakes that are none.
            refuse(line: error.line, error.message)
            return nil
        }
    }

    /// The name of a column, fit for a terminal: short and without control characters.
    private static func shown(_ name: String) -> String {
        let plain = name.unicodeScalars.prefix(40).map { $0.properties.generalCategory == .control ? "·" : String($0) }
        return plain.joined()
    }

    private mutating func columns(of header: CSVRows.Row) -> TableColumns? {
        let names = header.fields.map { String(decoding: $0, as: UTF8.self).trimmed }
        let shown = names.prefix(12).map { "“\(Self.shown($0))”" }.joined(separator: ", ")
        guard Set(names).count == names.count else {
            refuse(line: header.line, "a column is there twice in \(shown); keep one of the two")
            return nil
        }
        for (field, name) in plan.columns.sorted(by: { $0.value < $1.value })
        where !name.isEmpty && !names.contains(name) {
            refuse(
                line: header.line,
                "there is no column “\(Self.shown(name))”; name one of \(shown) with \(field.flag) "
                    + "(the first row is the header)")
            return nil
        }
        let columns = TableColumns(names, plan: plan)
        guard columns.has(.caption) || !plan.needsCaption(besides: columns.fields) else {
            refuse(
                line: header.line,
                "there is no column “caption”; name one of \(shown) with --caption-column (the first row is the header)"
            )
            return nil
        }
        let unused = names.indices.filter { !columns.uses($0) }
        if !unused.isEmpty {
            let some = unused.prefix(12).map { Self.shown(names[$0]) }.joined(separator: ", ")
            note("columns that are not used: \(some)")
        }
        return columns
    }
}

/// Which field of a row is what.
private struct TableColumns {
    private var indices: [(field: ItemField, index: Int)] = []
    private let isCaptionOptional: Bool

    /// Finds the columns of a plan's fields: by the names that were given, else by the usual ones.
    init(_ names: [String], plan: ItemPlan) {
        isCaptionOptional = !plan.needsCaption(besides: [])
        let named = Set(plan.columns.values)
        // A field may be named that the kind does not take; what to say to that, the check of the item knows.
        let fields = plan.fields + plan.columns.keys.filter { !plan.fields.contains($0) }
        for field in fields {
            // A field without a column has an empty name, which no column has.
            let candidates =
                plan.columns[field].map { $0.isEmpty ? [] : [$0] } ?? field.columnNames.filter { !named.contains($0) }
            if let index = candidates.lazy.compactMap({ names.firstIndex(of: $0) }).first {
                indices.append((field, index))
            }
        }
        guard plan.roles.contains(.sources), !has(.input(.sources)) else { return }
        for number in 1...16 {
            if let index = names.firstIndex(of: "source_\(number)") { indices.append((.input(.sources), index)) }
        }
    }

    var fields: [ItemField] { indices.map(\.field) }

    func has(_ field: ItemField) -> Bool { indices.contains { $0.field == field } }

    func uses(_ index: Int) -> Bool { indices.contains { $0.index == index } }

    /// What a row says; empty fields say nothing.
    func draft(_ row: [ArraySlice<UInt8>]) throws(ItemError) -> ItemDraft {
        var draft = ItemDraft()
        for (field, index) in indices {
            let bytes = row[index]
            guard bytes.count <= InputText.maximumBytes(of: field) else { throw InputText.tooLong(bytes.count, field) }
            let text = try String(checking: bytes)
            let isBlank = text.allSatisfy(\.isWhitespace)
            switch field {
            case .caption: draft.caption = isBlank && isCaptionOptional ? nil : text
            case .customID: if !text.isEmpty { draft.customID = text }
            case .seed: if !isBlank { draft.seed = try Self.seed(text) }
            case .input(let role):
                if !isBlank { draft.inputs[role, default: []] += InputText.parts(of: text, as: role) }
            case .option(let option):
                guard !isBlank else { continue }
                guard let json = option.json(text.trimmed) else {
                    throw ItemError(.invalidField, "“\(option.rawValue)” must be \(option.wanted)")
                }
                draft.options[option] = json
            }
        }
        // A blank caption beside an input is none; alone, it is refused in the words of the check.
        if let caption = draft.caption, caption.allSatisfy(\.isWhitespace), !draft.inputs.isEmpty {
            draft.caption = nil
        }
        return draft
    }

    private static func seed(_ text: String) throws(ItemError) -> UInt64 {
        guard let value = UInt64(text.trimmed) else {
            throw ItemError(.invalidField, "“seed” must be a whole number from 0 to \(CaptionItem.seeds.upperBound)")
        }
        return value
    }
}
