import Client
import Foundation
import Images
import JobAPI

/// A contact sheet of downloaded images.
struct PulledSheet {
    private let result: BatchPull.Result
    private let captions: Int
    private let cell: Int?

    init(_ result: BatchPull.Result, captions: Int, cell: Int?) {
        self.result = result
        self.captions = captions
        self.cell = cell
    }

    /// Draws the sheet into a PNG file; says so where there is no font for the captions.
    func write(to path: String) throws {
        guard !result.images.isEmpty else {
            throw CommandError.failed(
                "there is no image for a contact sheet yet",
                remedy: "Wait for some with: tedi batch watch \(result.batch.id)")
        }
        let bytes = try draw(try sheet())
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw ClientError.file(path: path, reason: error.localizedDescription)
        }
    }

    private func draw(_ sheet: ContactSheet) throws(CommandError) -> [UInt8] {
        do throws(ImageError) {
            let drawing = try sheet.draw()
            if !drawing.hasText {
                Console.current.note(
                    "no font was found, so the contact sheet has no captions; name a font with TEDI_FONT")
            }
            return try PNG.encode(drawing.image, options: .fast)
        } catch {
            guard case .tooLarge(let width, let height) = error else { throw .failed("\(error)") }
            throw .failed(
                "the contact sheet would have \(width) x \(height) pixels",
                remedy: "Ask for fewer captions with --sheet-captions or smaller images with --sheet-cell.")
        }
    }

    private func sheet() throws -> ContactSheet {
        var entries: [ContactSheet.Entry] = []
        var line: Int?
        for image in result.images {
            if image.line != line {
                guard entries.count < captions else { break }
                entries.append(ContactSheet.Entry(caption: image.caption, images: []))
                line = image.line
            }
            entries[entries.count - 1].images.append(try read(image))
        }
        var style = ContactSheet.Style()
        // Few faces may be seen large; many should fit on a screen or two.
        style.cell = cell ?? (entries.reduce(0) { $0 + $1.images.count } <= 64 ? 192 : 128)
        let batch = result.batch
        let shown = entries.count < batch.items ? "\(entries.count) of \(batch.items)" : "\(batch.items)"
        return ContactSheet(
            title: batch.name,
            subtitle:
                "batch \(batch.id) · \(shown) captions x \(batch.samples) · model \(batch.model) · seed \(batch.seed)",
            entries: entries, style: style)
    }

    private func read(_ image: PulledImage) throws -> RGBImage {
        let path = "\(result.folder)/\(image.file)"
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw CommandError.failed("cannot read \(path)", remedy: "Pull the batch again.")
        }
        do {
            return try PNG.decode([UInt8](bytes))
        } catch {
            throw CommandError.failed("\(path): \(error)", remedy: "Remove it and pull the batch again.")
        }
    }
}
