import Client
import Foundation
import Images
import JobAPI

/// A contact sheet of downloaded images.
struct PulledSheet {
    private let batch: BatchView
    private let folder: String
    private let selection: SheetSelection
    private let style: ContactSheet.Style

    init(_ result: BatchPull.Result, cell: Int?) {
        batch = result.batch
        folder = result.summary.folder
        selection = result.sheet
        var style = ContactSheet.Style()
        // Few faces may be seen large; many should fit on a screen or two.
        style.cell = cell ?? (selection.count <= 64 ? 192 : 128)
        self.style = style
    }

    /// Draws the sheet into a PNG file; says so where there is no font for the captions.
    func write(to path: String) throws {
        guard selection.count > 0 else {
            throw CommandError.failed(
                "there is no image for a contact sheet yet",
                remedy: "Wait for some with: tedi batch watch \(batch.id)")
        }
        let bytes = try draw()
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw ClientError.file(path: path, reason: error.localizedDescription)
        }
    }

    private func draw() throws -> [UInt8] {
        do {
            let drawing = try sheet.draw()
            if !drawing.hasText {
                Console.current.note(
                    "no font was found, so the contact sheet has no captions; name a font with TEDI_FONT")
            }
            return try PNG.encode(drawing.image, options: .fast)
        } catch let error as ImageError {
            throw Self.failure(error)
        }
    }

    private static func failure(_ error: ImageError) -> CommandError {
        guard case .tooLarge(let width, let height) = error else { return .failed("\(error)") }
        return .failed(
            "the contact sheet would have \(width) x \(height) pixels",
            remedy: "Ask for fewer captions with --sheet-captions or smaller images with --sheet-cell.")
    }

    private var sheet: ContactSheet {
        let count = selection.entries.count
        let shown = count < batch.items ? "\(count) of \(batch.items)" : "\(batch.items)"
        return ContactSheet(
            title: batch.name,
            subtitle:
                "batch \(batch.id) · \(shown) captions x \(batch.samples) · model \(batch.model) · seed \(batch.seed)",
            entries: selection.entries.map { entry in
                ContactSheet.Entry(caption: entry.caption, pictures: entry.pictures.map(Self.picture(in: folder)))
            }, style: style)
    }

    private static func picture(in folder: String) -> (SheetSelection.Picture) -> ContactSheet.Picture {
        { picture in
            ContactSheet.Picture(width: picture.width, height: picture.height) {
                try read("\(folder)/\(picture.file)")
            }
        }
    }

    private static func read(_ path: String) throws -> RGBImage {
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
