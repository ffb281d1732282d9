import Foundation
import Images

/// Small pieces of a page.
enum HTML {
    /// Text that cannot be taken for markup.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    /// A table; its first column is the name of the row, and columns of numbers stand to the right.
    /// - Parameters:
    ///   - head: headings.
    ///   - rows: cells as text.
    ///   - words: columns that hold words besides the first.
    static func table(_ head: [String], _ rows: [[String]], words: Set<Int> = []) -> String {
        func isWords(_ column: Int) -> Bool { column == 0 || words.contains(column) }
        let heading = head.enumerated().map {
            "<th scope=\"col\"\(isWords($0) ? "" : " class=\"n\"")>\(escaped($1))</th>"
        }
        let body = rows.map { row in
            let cells = row.enumerated().map { column, cell in
                column == 0
                    ? "<th scope=\"row\">\(escaped(cell))</th>"
                    : "<td\(isWords(column) ? "" : " class=\"n\"")>\(escaped(cell))</td>"
            }
            return "<tr>\(cells.joined())</tr>"
        }
        return "<div class=\"wide\"><table><thead><tr>\(heading.joined())</tr></thead><tbody>\n"
            + body.joined(separator: "\n") + "\n</tbody></table></div>\n"
    }

    /// A picture whose bytes are in the page itself.
    static func image(_ image: RGBImage, label: String) throws -> String {
        let bytes = Data(try PNG.encode(image, options: .small)).base64EncodedString()
        return "<img src=\"data:image/png;base64,\(bytes)\" width=\"\(image.width)\" height=\"\(image.height)\" "
            + "alt=\"\(escaped(label))\">"
    }

    /// A paragraph.
    static func paragraph(_ text: String, class name: String? = nil) -> String {
        "<p\(name.map { " class=\"\($0)\"" } ?? "")>\(escaped(text))</p>\n"
    }
}
