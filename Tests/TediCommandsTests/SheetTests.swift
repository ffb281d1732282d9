import Foundation
import Images
import LiveSystems
import Testing

@Suite("Contact sheets of any pictures")
struct SheetTests {
    /// A square of one colour, as a PNG file.
    private static func square(_ gray: UInt8, side: Int = 8) throws -> [UInt8] {
        try PNG.encode(RGBImage(width: side, height: side, filledWith: RGBColour(gray: gray)))
    }

    private static func scratch(_ list: String) throws -> String {
        let folder = NSTemporaryDirectory() + "/tedi-sheet-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(square(10)).write(to: URL(fileURLWithPath: "\(folder)/a.png"))
        try Data(square(200)).write(to: URL(fileURLWithPath: "\(folder)/b.png"))
        try Data(list.utf8).write(to: URL(fileURLWithPath: "\(folder)/list.jsonl"))
        return folder
    }

    @Test("rows of pictures become one picture, the same every time, with empty places where a name is empty")
    func draws() async throws {
        let folder = try Self.scratch(
            """
            {"pictures": ["a.png", "b.png"], "caption": "dark, light"}

            {"pictures": ["", "b.png"]}

            """)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let words = ["sheet", "\(folder)/list.jsonl", "--cell", "16", "--width", "140", "--title", "squares", "--out"]
        var files: [[UInt8]] = []
        for name in ["one.png", "two.png"] {
            let result = await tedi(words + ["\(folder)/\(name)"])
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output == "\(folder)/\(name)\n")
            files.append([UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))))
        }
        #expect(files[0] == files[1])
        let sheet = try PNG.decode(files[0])
        let style = ContactSheet.Style()
        #expect(sheet.width == 2 * 16 + style.gap + 2 * style.margin)
        let colours = stride(from: 0, to: sheet.pixels.count, by: 3).map { sheet.pixels[$0] }
        #expect(colours.count { $0 == 10 } == 16 * 16)
        #expect(colours.count { $0 == 200 } >= 2 * 16 * 16)
    }

    @Test("a JPEG is written after .jpg")
    func jpeg() async throws {
        let folder = try Self.scratch("{\"pictures\": [\"a.png\"]}\n")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = await tedi("sheet", "\(folder)/list.jsonl", "--out", "\(folder)/sheet.jpg")
        #expect(result.status == 0)
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/sheet.jpg")))
        #expect(ImageFile.kind(of: bytes) == .jpeg)
    }

    @Test(
        "a list that cannot be used is refused, with the line or the picture that is to blame",
        arguments: [
            ("{\"pictures\": [\"a.png\"]}\n{\"picture\": 3}\n", "line 2"), ("", "names no pictures"),
            ("{\"pictures\": [\"c.png\"]}\n", "c.png"), ("{\"pictures\": [\"list.jsonl\"]}\n", "list.jsonl"),
        ])
    func refuses(list: String, message: String) async throws {
        let folder = try Self.scratch(list)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = await tedi("sheet", "\(folder)/list.jsonl", "--out", "\(folder)/sheet.png")
        #expect(result.status == 2)
        #expect(result.errors.contains(message))
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/sheet.png"))
        #expect(await tedi("sheet", "\(folder)/none.jsonl", "--out", "\(folder)/sheet.png").status == 2)
    }
}
