public import Foundation

/// An attribute file in the manner of CelebA: which attributes each face has.
///
/// The first line is the number of rows, the second the names of the attributes; each row has a picture's name and
/// then 1, or -1 or 0, for each attribute.
public struct AttributeTable: Sendable {
    /// The names of the attributes, in the order of ``values(of:)``.
    public let names: [String]

    /// The stems of the faces, in the order of the rows.
    public private(set) var stems: [String] = []

    /// The line of each row in the file, from 1.
    private(set) var lines: [Int] = []

    private var values: [Bool] = []
    private var rows: [String: Int] = [:]

    /// Reads a file.
    /// - Throws: ``FaceCollectionError`` of the first line that cannot be read, with its number.
    public init(reading file: URL, limits: FaceLimits = .init()) throws(FaceCollectionError) {
        let url = file.resolvingSymlinksInPath()
        let name = url.lastPathComponent
        let folder = try CollectionFolder(url.deletingLastPathComponent())
        guard let bytes = try folder.contents(of: name, limit: limits.tableBytes) else {
            throw FaceCollectionError(.missing, name, "the file is not there", remedy: "check the path")
        }
        var log = DefectLog(isStrict: true)
        try self.init(parsing: bytes, file: name, limits: limits, log: &log)
    }

    /// The attributes of a face in the order of ``names``, or nil where the file has no row for it.
    public func values(of stem: String) -> [Bool]? {
        rows[FaceStem.key(stem)].map(values(ofRow:))
    }

    /// The attributes of a face by their names, or nil where the file has no row for it.
    public func attributes(of stem: String) -> [String: Bool]? {
        values(of: stem).map { Dictionary(uniqueKeysWithValues: zip(names, $0)) }
    }

    private func values(ofRow row: Int) -> [Bool] {
        Array(values[row * names.count..<(row + 1) * names.count])
    }
}

extension AttributeTable {
    /// Parses the bytes of a file; defects go to the log, and their lines are left out.
    init(
        parsing bytes: [UInt8], file: String, limits: FaceLimits, log: inout DefectLog
    ) throws(FaceCollectionError) {
        var lines = TextLines(bytes)
        let (count, names) = try Self.head(&lines, file: file, limits: limits, log: &log)
        self.names = names
        var width = 0
        while let line = lines.next() {
            let fields = TextLines.fields(line)
            guard let first = fields.first else { continue }
            width += 1
            guard
                let (stem, row) = try log.keep({ () throws(FaceCollectionError) in
                    try parse(name: first, values: fields.dropFirst(), file: file, line: lines.number)
                })
            else { continue }
            try add(stem, row, file: file, line: lines.number, log: &log)
        }
        guard let count, count != width else { return }
        try log.note(
            FaceCollectionError(
                .attribute, file, line: 1, "it announces \(count) rows and has \(width)",
                remedy: "get the whole file, or write the number that is right"))
    }

    private static func head(
        _ lines: inout TextLines, file: String, limits: FaceLimits, log: inout DefectLog
    ) throws(FaceCollectionError) -> (count: Int?, names: [String]) {
        let first = lines.next().map { TextLines.fields($0) } ?? []
        let count = first.count == 1 ? first[0].flatMap { Int($0) } : nil
        if count == nil {
            try log.note(
                FaceCollectionError(
                    .attribute, file, line: 1, "it is not the number of rows",
                    remedy: "write the number of rows, then a line of names, as CelebA does"))
        }
        let names = lines.next().map { TextLines.fields($0) } ?? []
        guard (1...limits.attributes).contains(names.count), !names.contains(nil) else {
            throw FaceCollectionError(
                .attribute, file, line: 2, "it is no list of 1 to \(limits.attributes) names of attributes",
                remedy: "write the names of the attributes, divided by spaces")
        }
        var seen: Set<String> = []
        for name in names.compactMap({ $0 }) where !seen.insert(name).inserted {
            throw FaceCollectionError(
                .attribute, file, line: 2, "it names \(name) twice", remedy: "take one of the columns out")
        }
        return (count, names.compactMap { $0 })
    }

    private func parse(
        name: String?, values: ArraySlice<String?>, file: String, line: Int
    ) throws(FaceCollectionError) -> (stem: String, values: [Bool]) {
        let stem = name.map { FaceStem.ofPicture($0) } ?? ""
        guard FaceStem.isValid(stem) else {
            throw FaceCollectionError(
                .attribute, file, line: line, "it does not begin with the name of a picture",
                remedy: "begin the row with a file name without a folder")
        }
        guard values.count == names.count else {
            throw FaceCollectionError(
                .attribute, file, line: line, "it has \(values.count) values for \(names.count) attributes",
                remedy: "give one value for each attribute")
        }
        var row: [Bool] = []
        for (value, attribute) in zip(values, names) {
            switch value {
            case "1", "+1": row.append(true)
            case "-1", "0": row.append(false)
            default:
                throw FaceCollectionError(
                    .attribute, file, line: line, "the value of \(attribute) is neither 1 nor -1 nor 0",
                    remedy: "write 1 where the attribute holds and -1 where not")
            }
        }
        return (stem, row)
    }

    private mutating func add(
        _ stem: String, _ row: [Bool], file: String, line: Int, log: inout DefectLog
    ) throws(FaceCollectionError) {
        let key = FaceStem.key(stem)
        if let earlier = rows[key] {
            guard values(ofRow: earlier) != row else {
                return log.remark(
                    FaceCollectionError(
                        .row, file, line: line, "the face \(stem) has a row already, in line \(lines[earlier])",
                        remedy: "take one of them out"))
            }
            return try log.note(
                FaceCollectionError(
                    .contradiction, file, line: line, "line \(lines[earlier]) says otherwise of the face \(stem)",
                    remedy: "take the wrong one out"))
        }
        rows[key] = stems.count
        stems.append(stem)
        lines.append(line)
        values += row
    }
}
