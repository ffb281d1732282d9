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
    private let limit = PNG.Limit.standard

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
        try checkSize()
        let bytes = try draw(sheet { try $0.map(read) })
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw ClientError.file(path: path, reason: error.localizedDescription)
        }
    }

    /// Refuses a sheet that is too large before a single picture is decoded.
    private func checkSize() throws {
        let dot = RGBImage(width: 1, height: 1, filledWith: .white)
        let longest = selection.entries.flatMap(\.pictures).map(\.side).max() ?? 1
        // The layout goes by the longest side and the number of pictures: a strip and dots stand in for them.
        var strip: RGBImage? = RGBImage(width: min(longest, style.cell), height: 1, filledWith: .white)
        let sketch = sheet { pictures in
            pictures.map { _ in
                defer { strip = nil }
                return strip ?? dot
            }
        }
        do throws(ImageError) {
            // With nothing allowed, the sheet says how large it would be instead of being drawn.
            _ = try sketch.draw(limit: PNG.Limit(side: 0, pixels: 0))
        } catch {
            guard case .tooLarge(let width, let height) = error, width <= limit.side, height <= limit.side,
                width * height <= limit.pixels
            else { throw Self.failure(error) }
        }
    }

    private func draw(_ sheet: ContactSheet) throws(CommandError) -> [UInt8] {
        do throws(ImageError) {
            let drawing = try sheet.draw(limit: limit)
            if !drawing.hasText {
                Console.current.note(
                    "no font was found, so the contact sheet has no captions; name a font with TEDI_FONT")
            }
            return try PNG.encode(drawing.image, options: .fast)
        } catch {
            throw Self.failure(error)
        }
    }

    private static func failure(_ error: ImageError) -> CommandError {
        guard case .tooLarge(let width, let height) = error else { return .failed("\(error)") }
        return .failed(
            "the contact sheet would have \(width) x \(height) pixels",
            remedy: "Ask for fewer captions with --sheet-captions or smaller images with --sheet-cell.")
    }

    private func sheet(
        _ images: ([SheetSelection.Picture]) throws -> [RGBImage]
    ) rethrows -> ContactSheet {
        let count = selection.entries.count
        let shown = count < batch.items ? "\(count) of \(batch.items)" : "\(batch.items)"
        return ContactSheet(
            title: batch.name,
            subtitle:
                "batch \(batch.id) · \(shown) captions x \(batch.samples) · model \(batch.model) · seed \(batch.seed)",
            entries: try selection.entries.map {
                ContactSheet.Entry(caption: $0.caption, images: try images($0.pictures))
            }, style: style)
    }

    /// A picture from its file, no larger than it will be on the sheet.
    private func read(_ picture: SheetSelection.Picture) throws -> RGBImage {
        let path = "\(folder)/\(picture.file)"
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw CommandError.failed("cannot read \(path)", remedy: "Pull the batch again.")
        }
        do {
            let image = try PNG.decode([UInt8](bytes))
            let side = max(image.width, image.height)
            guard side > style.cell else { return image }
            return image.resized(width: image.width * style.cell / side, height: image.height * style.cell / side)
        } catch {
            throw CommandError.failed("\(path): \(error)", remedy: "Remove it and pull the batch again.")
        }
    }
}
