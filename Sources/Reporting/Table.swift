/// Rows beneath a heading, in columns two spaces apart.
package struct Table {
    /// One column.
    package struct Column {
        enum Alignment { case left, right }

        let title: String
        let alignment: Alignment

        package static func left(_ title: String) -> Self { Self(title: title, alignment: .left) }
        package static func right(_ title: String) -> Self { Self(title: title, alignment: .right) }
    }

    package let columns: [Column]
    package private(set) var rows: [[String]] = []

    package init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row; missing cells are empty, cells beyond the last column are dropped.
    package mutating func add(_ cells: [String]) {
        let padded = cells.prefix(columns.count) + Array(repeating: "", count: max(columns.count - cells.count, 0))
        rows.append(padded.map(Self.onOneLine))
    }

    /// The lines of the table, without spaces at their ends.
    package func render() -> [String] {
        let all = [columns.map(\.title)] + rows
        let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = columns.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return columns[column].alignment == .left ? row[column] + space : space + row[column]
            }
            let line = cells.joined(separator: "  ")
            return line.lastIndex { $0 != " " }.map { String(line[...$0]) } ?? ""
        }
    }

    /// Foreign text must not break the table, nor speak to the terminal.
    private static func onOneLine(_ cell: String) -> String {
        String(
            String.UnicodeScalarView(cell.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}
