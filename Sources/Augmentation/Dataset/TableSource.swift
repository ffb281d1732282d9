import FaceCollections
import FaceData
import Foundation
import Images
import Tables

/// A folder of pictures, with a file of comma-separated values that names them or without one.
struct TableSource: FaceSource {
    let path: String
    private(set) var keys: [String] = []
    private(set) var defects: [FaceCollectionError] = []
    private(set) var attributes: AttributeColumns

    let folder: CollectionFolder
    private var rows: [Row] = []

    /// What is kept of a row.
    private struct Row: Sendable {
        var picture: String
        var labels: String?
        var sketch: String?
        var captions: [String]
    }

    private static let limits = FaceLimits()

    // MARK: Pictures alone

    /// A folder of pictures of which nothing else is known.
    init(pictures names: [String], in url: URL) throws(FaceCollectionError) {
        path = url.path
        folder = try CollectionFolder(url)
        attributes = AttributeColumns(names: [])
        var places: [String: Int] = [:]
        for name in names where Self.isPicture(name) {
            add(Row(picture: name, captions: []), key: SafeKey.ofFile(name), [], file: name, line: nil, &places)
        }
    }

    /// Whether a file's name tells a picture.
    static func isPicture(_ name: String) -> Bool {
        guard let dot = name.lastIndex(of: ".") else { return false }
        return FaceStem.isPictureEnding(name[name.index(after: dot)...])
    }

    // MARK: Table

    /// Whether a file of comma-separated values has a column that names pictures.
    static func namesPictures(_ table: URL) -> Bool {
        guard let file = FileHandle(forReadingAtPath: table.path) else { return false }
        defer { try? file.close() }
        guard let head = try? file.read(upToCount: 64 << 10) else { return false }
        var rows = CSVRows([UInt8](head)[...])
        guard let first = try? rows.next() else { return false }
        return TableColumns(first.fields) != nil
    }

    /// The pictures that a table names; their paths are relative to its folder.
    init(table: URL) throws(FaceCollectionError) {
        path = table.path
        folder = try CollectionFolder(table.deletingLastPathComponent())
        let name = table.lastPathComponent
        guard let bytes = try folder.contents(of: name, limit: Self.limits.tableBytes) else {
            throw FaceCollectionError(.missing, name, "the file is not there", remedy: "check the path")
        }
        var rows = CSVRows(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...])
        let header = try Self.read(&rows, name)?.fields ?? []
        guard let columns = TableColumns(header) else {
            throw FaceCollectionError(
                .attribute, name, line: 1, "no column names the pictures",
                remedy: "call it file_name, file, image or path")
        }
        attributes = AttributeColumns(names: columns.attributes.map(\.name))
        var places: [String: Int] = [:]
        while let row = try Self.read(&rows, name) {
            do throws(FaceCollectionError) {
                guard row.fields.count == header.count else {
                    throw FaceCollectionError(
                        .attribute, name, line: row.line,
                        "the row has \(row.fields.count) fields, the header \(header.count)",
                        remedy: "put text with commas into quotes")
                }
                let read = try columns.read(row.fields, file: name, line: row.line)
                let kept = Row(
                    picture: read.picture, labels: read.labels, sketch: read.sketch, captions: read.captions)
                add(kept, key: read.key, read.attributes, file: name, line: row.line, &places)
            } catch {
                defects.append(error)
            }
        }
    }

    /// The next row; what follows a misplaced quote cannot be told apart, so that such a file is refused.
    private static func read(_ rows: inout CSVRows, _ file: String) throws(FaceCollectionError) -> CSVRows.Row? {
        do throws(InputError) {
            return try rows.next()
        } catch {
            throw FaceCollectionError(
                .attribute, file, line: error.line, error.message, remedy: "mend the line and run again")
        }
    }

    /// Adds an image; another row about the same picture adds its caption.
    private mutating func add(
        _ row: Row, key: String, _ values: [Bool?], file: String, line: Int?, _ places: inout [String: Int]
    ) {
        if let place = places[key] {
            guard rows[place].picture == row.picture else {
                return defects.append(
                    FaceCollectionError(
                        .clash, file, line: line,
                        "the pictures \(rows[place].picture) and \(row.picture) both have the key \(key)",
                        remedy: "rename one of them, or give them a column “key”"))
            }
            rows[place].captions += row.captions
            return
        }
        places[key] = rows.count
        rows.append(row)
        keys.append(key)
        attributes.append(values)
    }

    // MARK: Reading

    func name(of image: Int) -> String { rows[image].picture }

    func has(_ part: FacePart, of image: Int) -> Bool {
        switch part {
        case .labels: rows[image].labels != nil
        case .sketch: rows[image].sketch != nil
        case .captions: !rows[image].captions.isEmpty
        }
    }

    func pieces(of image: Int, _ part: FacePart?) -> [FilePiece] {
        let file: String? =
            switch part {
            case nil: rows[image].picture
            case .labels: rows[image].labels
            case .sketch: rows[image].sketch
            case .captions: nil
            }
        return file.map { [FilePiece($0)] } ?? []
    }

    func picture(of image: Int) throws(FaceCollectionError) -> RGBImage {
        let file = rows[image].picture
        return try Self.decode(contents(file), file)
    }

    func labels(of image: Int) throws(FaceCollectionError) -> GrayImage? {
        guard let file = rows[image].labels else { return nil }
        return try LabelMapDecoding.ids(of: Self.decode(contents(file), file), file: file)
    }

    func sketch(of image: Int) throws(FaceCollectionError) -> GrayImage? {
        guard let file = rows[image].sketch else { return nil }
        return try Self.decodeGray(contents(file), file)
    }

    func captions(of image: Int) -> [String] { rows[image].captions }

    private func contents(_ file: String) throws(FaceCollectionError) -> [UInt8] {
        guard let bytes = try folder.contents(of: file, limit: Self.limits.pictureBytes) else {
            throw FaceCollectionError(
                .missing, file, "the file is not there", remedy: "put it there, or take its row out")
        }
        return bytes
    }
}
