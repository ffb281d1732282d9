import Evaluation
import Images
import Jobs
import TediGAN
import WorkerRuntime

extension TediGANModel {
    /// Pictures that are judged between two looks at what else is to be done.
    private static let group = 32

    /// An evaluation that made room for something else, and what it has seen of which job's pictures.
    struct PausedEvaluation {
        fileprivate let request: JobRequest
        fileprivate let evaluation: BatchEvaluation
        fileprivate let shown: [RGBImage]
        fileprivate let next: Int
    }

    /// Measures a finished batch.
    ///
    /// One that makes room goes on where it was when this worker has it again: beside much work of others it would never
    /// come to its end from the beginning.
    nonisolated(nonsending) func evaluation(_ job: LongJob) async -> LongJobEnd {
        do {
            guard !job.shouldStop else { return .yielded }
            let lines = try job.job.batchIndex().lines
            let before = pausedEvaluation?.request == job.request ? pausedEvaluation : nil
            pausedEvaluation = nil
            let evaluation =
                if let before { before.evaluation } else {
                    try BatchEvaluation(pack: pack, faces: faces, device: device)
                }
            var shown = before?.shown ?? []
            let side = Sheet.side(for: identity.resolution)
            for start in stride(from: before?.next ?? 0, to: lines.count, by: Self.group) {
                guard !job.shouldStop else {
                    pausedEvaluation = PausedEvaluation(
                        request: job.request, evaluation: evaluation, shown: shown, next: start)
                    return .yielded
                }
                var pictures: [BatchEvaluation.Picture] = []
                for line in lines[start..<min(start + Self.group, lines.count)] {
                    let image = try await picture(line, of: job)
                    if shown.count < Sheet.places {
                        shown.append(image.resized(width: side, height: side, filter: .area))
                    }
                    pictures.append(
                        BatchEvaluation.Picture(
                            caption: line.caption, pixels: image.pixels, width: image.width, height: image.height))
                }
                try evaluation.add(pictures)
                await job.report(step: min(start + Self.group, lines.count), of: lines.count)
            }
            return .output(.image(try output(evaluation.report(), shown)))
        } catch let error as ModelError {
            return .failed(error)
        } catch let error as TediGANError {
            return .failed(Self.error(error))
        } catch {
            return .failed(.failed("\(error)"))
        }
    }

    private nonisolated(nonsending) func picture(
        _ line: BatchIndex.Line, of job: LongJob
    ) async throws(ModelError) -> RGBImage {
        let bytes = try await job.artifact(line.image)
        do {
            // A list may name pictures of any size, and many are held at a time.
            return try ImageFile.decode(bytes).fitted(to: ModelInputs.longestSide)
        } catch {
            throw .refused("the picture \(line.image.prefix(12))… cannot be read: \(error)")
        }
    }

    private func output(_ report: BatchReport, _ shown: [RGBImage]) throws -> GeneratedImage {
        let sheet = Sheet(shown, side: Sheet.side(for: identity.resolution)).image
        var image = GeneratedImage(
            pixels: sheet.pixels, width: sheet.width, height: sheet.height, code: [], layers: 0, attributes: [:],
            files: [GeneratedFile(name: "report.json", bytes: try report.json())])
        if let similarity = report.similarity { image.scores[.similarity] = similarity }
        return image
    }

    /// The first pictures of a batch, side by side.
    private struct Sheet {
        static let columns = 8
        static let places = 64

        /// How large each is shown: many large ones would be more than the store takes as one picture.
        static func side(for resolution: Int) -> Int { min(resolution, 128) }

        let image: RGBImage

        init(_ pictures: [RGBImage], side: Int) {
            let columns = min(Self.columns, max(1, pictures.count))
            let rows = max(1, (pictures.count + columns - 1) / columns)
            var sheet = RGBImage(
                width: columns * side, height: rows * side, filledWith: RGBColour(red: 255, green: 255, blue: 255))
            for (place, picture) in pictures.enumerated() {
                sheet.draw(picture, x: place % columns * side, y: place / columns * side)
            }
            image = sheet
        }
    }
}
