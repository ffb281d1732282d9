import Foundation

/// How much is measured.
struct Sizes: Sendable {
    /// Images of one measurement; nil for as many as the model core makes in ``seconds``.
    var images: Int?
    /// About how long the model core works in one measurement, long enough that starts do not matter.
    var seconds: Double
    /// How often each side is measured.
    var rounds: Int
    /// Steps of each optimisation.
    var steps: Int
    /// Faces of the augmentation run.
    var faces: Int
}

/// What figures are measured with.
struct Bench: Sendable {
    let programs: Programs
    /// Folder of the model pack.
    let pack: String
    let captions: Captions
    /// Recipe of the augmentation run.
    let recipe: String
    let sizes: Sizes
    /// Threads of the worker, and of the model core beside it.
    let threads: Int
    /// Images in one forward pass, on both sides.
    let batch: Int

    /// What the worker and the model core do, in a few words.
    var work: String { "\(threads) thread\(threads == 1 ? "" : "s"), batch \(batch)" }

    /// Images of one measurement, a whole number of passes: as many as asked for, or as a first look tells.
    func images(threads: Int, in scratch: String) async throws -> Int {
        func passes(_ images: Double) -> Int { max(Int((images / Double(batch)).rounded(.up)), 1) * batch }
        if let images = sizes.images { return passes(Double(images)) }
        let look = try await ModelCore(self, threads: threads).rate(passes(200), in: scratch)
        return passes(look * sizes.seconds)
    }
}

/// Captions to draw.
struct Captions: Sendable {
    let texts: [String]

    init(texts: [String]) { self.texts = texts }

    /// Reads a file of one caption per line.
    init(reading path: String) throws {
        let text = try? String(contentsOfFile: path, encoding: .utf8)
        texts = (text ?? "").split(whereSeparator: \.isNewline).map(String.init)
        guard !texts.isEmpty else { throw BenchError("\(path) has no captions. Name a file with --captions.") }
    }

    /// So many lines to submit, each with a seed of its own, so that whoever reads them draws the same pictures.
    func lines(_ count: Int) throws -> Data {
        var data = Data()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        for number in 0..<count {
            data += try encoder.encode(Line(caption: texts[number % texts.count], seed: number + 1))
            data.append(UInt8(ascii: "\n"))
        }
        return data
    }

    private struct Line: Encodable {
        let caption: String
        let seed: Int
    }
}

/// Why a figure could not be had: what is wrong, and what to do.
struct BenchError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// What is under way, for whoever waits.
enum Progress {
    static func say(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data("\(text) …\n".utf8))
    }
}
