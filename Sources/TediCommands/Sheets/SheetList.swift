import Foundation
import Images

/// The rows of a contact sheet, as people and scripts write them down.
struct SheetList {
    /// Most bytes of a list.
    private static let limit = 16 << 20
    /// Most pictures on a sheet.
    private static let pictureLimit = 10_000

    private struct Row: Decodable {
        let pictures: [String]
        let caption: String?
    }

    private let rows: [Row]
    private let folder: String

    /// Reads a list.
    /// - Parameter file: JSONL; `-` for the standard input, whose pictures are relative to the working folder.
    init(reading file: String) throws(CommandError) {
        let name = file == "-" ? "the standard input" : file
        let handle = file == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: file)
        guard let handle, let data = try? handle.read(upToCount: Self.limit + 1) ?? Data() else {
            throw .badInput("\(name) cannot be read", remedy: "Check the name of the list.")
        }
        guard data.count <= Self.limit else { throw .badInput("\(name) has more than \(Self.limit) bytes") }
        folder = file == "-" ? "" : URL(fileURLWithPath: file).deletingLastPathComponent().path + "/"
        var rows: [Row] = []
        for (number, line) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty {
            guard let row = try? JSONDecoder().decode(Row.self, from: Data(line)) else {
                throw .badInput(
                    "line \(number + 1) of \(name) is no row of a sheet",
                    remedy: "Write: {\"pictures\": [\"a.png\"], \"caption\": \"what it shows\"}")
            }
            rows.append(row)
        }
        let count = rows.reduce(0) { $0 + $1.pictures.count }
        guard count > 0 else { throw .badInput("\(name) names no pictures") }
        guard count <= Self.pictureLimit else {
            throw .badInput("\(name) names \(count) pictures; a sheet shows \(Self.pictureLimit) at most")
        }
        self.rows = rows
    }

    /// The rows with their pictures; an empty name becomes an empty place.
    func entries(cell: Int, style: ContactSheet.Style) throws(CommandError) -> [ContactSheet.Entry] {
        var entries: [ContactSheet.Entry] = []
        for row in rows {
            var pictures: [ContactSheet.Picture] = []
            for name in row.pictures {
                let image =
                    name.isEmpty
                    ? RGBImage(width: 1, height: 1, filledWith: style.background) : try picture(name)
                pictures.append(ContactSheet.Picture(image))
            }
            entries.append(ContactSheet.Entry(caption: row.caption ?? "", pictures: pictures))
        }
        return entries
    }

    private func picture(_ name: String) throws(CommandError) -> RGBImage {
        let path = name.hasPrefix("/") ? name : folder + name
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw .badInput("there is no picture \(path)", remedy: "Name files relative to the list's folder.")
        }
        do throws(ImageError) {
            return try ImageFile.decode([UInt8](bytes))
        } catch {
            throw .badInput("\(path): \(error)")
        }
    }
}
