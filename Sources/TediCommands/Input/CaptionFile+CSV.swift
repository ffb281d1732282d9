import Jobs

extension CaptionFile {
    /// Reads comma-separated values whose header row names a column of captions.
    ///
    /// The columns `custom_id` and `seed`, where there are, mean what they mean in JSON lines; others are not used.
    mutating func readCSV(_ bytes: ArraySlice<UInt8>, column: String) {
        var rows = CSVRows(bytes)
        guard let header = nextRow(&rows) else { return }
        guard let columns = columns(of: header, caption: column) else { return }
        while let row = nextRow(&rows) {
            guard row.fields.count == header.fields.count else {
                let fields = row.fields.count == 1 ? "1 field" : "\(row.fields.count) fields"
                let hint = row.fields.count > header.fields.count ? "; put text that has commas into quotes" : ""
                refuse(line: row.line, "the row has \(fields), the header \(header.fields.count)\(hint)")
                continue
            }
            add(line: row.line) { () throws(ItemError) in (try columns.item(row.fields), nil) }
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

    private mutating func columns(of header: CSVRows.Row, caption: String) -> CSVColumns? {
        let names = header.fields.map { String(decoding: $0, as: UTF8.self).trimmed }
        let shown = names.prefix(12).map { "“\(Self.shown($0))”" }.joined(separator: ", ")
        guard let captionIndex = names.firstIndex(of: caption) else {
            refuse(
                line: header.line,
                "there is no column “\(caption)”; name one of \(shown) with --column (the first row is the header)")
            return nil
        }
        guard Set(names).count == names.count else {
            refuse(line: header.line, "a column is there twice in \(shown); keep one of the two")
            return nil
        }
        let columns = CSVColumns(
            caption: captionIndex, customID: names.firstIndex(of: "custom_id"), seed: names.firstIndex(of: "seed"))
        let unused = names.indices.filter { ![columns.caption, columns.customID, columns.seed].contains($0) }
        if !unused.isEmpty {
            let some = unused.prefix(12).map { Self.shown(names[$0]) }.joined(separator: ", ")
            note("columns that are not used: \(some)")
        }
        return columns
    }
}

/// Which field of a row is what.
private struct CSVColumns {
    let caption: Int
    let customID: Int?
    let seed: Int?

    func item(_ fields: [ArraySlice<UInt8>]) throws(ItemError) -> CaptionItem {
        guard fields[caption].count <= CaptionItem.maximumCaptionBytes else {
            throw ItemError(
                .lineTooLong,
                "the caption has \(fields[caption].count) bytes; shorten it to \(CaptionItem.maximumCaptionBytes) or fewer"
            )
        }
        var id: String?
        if let customID { id = try String(checking: fields[customID]) }
        return try CaptionItem(
            caption: String(checking: fields[caption]), customID: id?.isEmpty == true ? nil : id, seed: seed(fields))
    }

    private func seed(_ fields: [ArraySlice<UInt8>]) throws(ItemError) -> UInt64? {
        guard let seed else { return nil }
        let text = try String(checking: fields[seed]).trimmed
        guard !text.isEmpty else { return nil }
        guard let value = UInt64(text) else {
            throw ItemError(.invalidField, "“seed” must be a whole number from 0 to \(CaptionItem.seeds.upperBound)")
        }
        return value
    }
}

extension String {
    fileprivate var trimmed: String {
        let body = drop { $0.isWhitespace }
        guard let end = body.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(body[...end])
    }
}
