import ArgumentParser
import Foundation
import Images

/// `tedi sheet`.
struct SheetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sheet",
        abstract: "Draws one picture that shows many, with captions.",
        discussion: """
            The list has one JSON object a line: pictures, a list of PNG or JPEG files, relative to the list's folder, \
            which stand side by side (“” leaves a place empty), and caption, the text beneath them.

            Example:
              echo '{"pictures": ["a.png", "b.png"], "caption": "before, after"}' | tedi sheet - --out sheet.png
            """)

    @Argument(help: ArgumentHelp("List of rows, as JSONL; - reads the standard input.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("File to write: PNG, or JPEG after .jpg.", valueName: "file"))
    var out: String

    @Option(help: "First line of the sheet.")
    var title = ""

    @Option(help: "Smaller line beneath the title.")
    var subtitle = ""

    @Option(help: "Side of one picture, in pixels; small pictures are enlarged by a whole factor.")
    var cell = 128

    @Option(help: "Greatest width of the sheet, in pixels; it decides how many rows stand side by side.")
    var width = 1_200

    @Flag(help: "Show the pixels of small pictures as squares.")
    var pixels = false

    func validate() throws {
        guard (16...1_024).contains(cell) else { throw ValidationError("--cell must be from 16 to 1024") }
        guard (64...16_384).contains(width) else { throw ValidationError("--width must be from 64 to 16384") }
    }

    func run() throws {
        var style = ContactSheet.Style()
        (style.cell, style.width, style.smooth) = (cell, width, !pixels)
        let sheet = ContactSheet(
            title: title, subtitle: subtitle, entries: try SheetList(reading: file).entries(cell: cell, style: style),
            style: style)
        let drawing: ContactSheet.Drawing
        let bytes: [UInt8]
        do {
            drawing = try sheet.draw()
            let kind = ImageFile.Kind(named: out)
            bytes = try kind == .png ? PNG.encode(drawing.image, options: .small) : JPEG.encode(drawing.image)
        } catch {
            throw CommandError.failed("the sheet cannot be drawn: \(error)")
        }
        if !drawing.hasText {
            Console.current.note("no font was found, so the sheet has no text; name a font with TEDI_FONT")
        }
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: out), options: .atomic)
        } catch {
            throw CommandError.failed(
                "cannot write \(out): \(error.localizedDescription)", remedy: "Check the folder and the disk.")
        }
        Console.current.print(out)
    }
}
