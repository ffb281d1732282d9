import FaceCollections
import FaceData

/// Which column of a table says what, by the names that such tables commonly have.
struct TableColumns {
    private let picture: Int
    private let key: Int?
    private let caption: Int?
    private let labels: Int?
    private let sketch: Int?

    /// The columns with attributes for which captions have words.
    let attributes: [(name: String, place: Int)]

    /// What a row says.
    struct Row {
        var key: String
        var picture: String
        var labels: String?
        var sketch: String?
        var captions: [String]
        var attributes: [Bool?]
    }

    /// Longest path and longest caption in a table, in bytes.
    private static let longestText = 4096

    /// Nil where no column names pictures.
    init?(_ header: [ArraySlice<UInt8>]) {
        let names = header.map { field in
            String(decoding: field, as: UTF8.self).split(whereSeparator: \.isWhitespace).joined(separator: "_")
        }
        func place(_ candidates: [String]) -> Int? {
            candidates.lazy.compactMap { names.firstIndex(of: $0) }.first
        }
        guard let picture = place(["file_name", "filename", "file", "image", "path"]) else { return nil }
        self.picture = picture
        key = place(["key", "custom_id"])
        caption = place(["caption", "text"])
        labels = place(["labels", "label_map", "mask"])
        sketch = place(["sketch"])
        attributes = names.enumerated().filter { FaceDescription.isWorded($1) }.map { ($1, $0) }
    }

    func read(_ fields: [ArraySlice<UInt8>], file: String, line: Int) throws(FaceCollectionError) -> Row {
        func text(_ place: Int?) throws(FaceCollectionError) -> String? {
            guard let place, !fields[place].isEmpty else { return nil }
            guard fields[place].count <= Self.longestText,
                let text = String(validating: fields[place], as: UTF8.self), !text.contains("\0")
            else {
                throw FaceCollectionError(
                    .attribute, file, line: line, "a field is not UTF-8, or longer than \(Self.longestText) bytes",
                    remedy: "shorten it, and store the file as UTF-8")
            }
            return text
        }
        guard let picture = try text(picture) else {
            throw FaceCollectionError(
                .missing, file, line: line, "the row names no picture", remedy: "name one, or take the row out")
        }
        let caption = try text(caption)?.split(whereSeparator: \.isNewline).joined(separator: " ")
        var values: [Bool?] = []
        for (_, place) in attributes {
            values.append(AttributeColumns.parse(String(decoding: fields[place].prefix(8), as: UTF8.self)))
        }
        return Row(
            key: try text(key).map { SafeKey.of($0) } ?? SafeKey.ofFile(picture), picture: picture,
            labels: try text(labels), sketch: try text(sketch), captions: caption.map { [$0] } ?? [],
            attributes: values)
    }
}
