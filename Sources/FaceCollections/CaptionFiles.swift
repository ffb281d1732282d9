import FaceData
public import Foundation

/// Captions written from an attribute file: one file per row, as Multi-Modal CelebA-HQ has them.
public struct CaptionFiles: Sendable {
    /// The attributes.
    public let table: AttributeTable

    /// Attributes of the file for which captions have no words, such as `Blurry`.
    public let unworded: [String]

    /// The number of rows whose attributes contradict each other; captions leave those attributes out.
    public let contradictory: Int

    /// Takes a table; nothing is written yet.
    public init(_ table: AttributeTable) {
        self.table = table
        unworded = table.names.filter { !FaceDescription.isWorded($0) }
        contradictory = table.stems.count {
            !AttributeContradiction.all(in: table.attributes(of: $0) ?? [:]).isEmpty
        }
    }

    /// The captions of a row's face, which depend on seed, stem and attributes alone.
    public func captions(of stem: String, count: Int, seed: UInt64) -> [String] {
        let description = FaceDescription(celebA: table.attributes(of: stem) ?? [:])
        return CaptionGrammar(seed: seed).captions(of: description, face: FaceStem.hash(stem), count: count).map(\.text)
    }

    /// Writes `<stem>.txt` for every row, each as a whole or not at all; blocks until done.
    /// - Parameters:
    ///   - folder: where to; made where it is missing.
    ///   - count: captions of each face, at least 1.
    ///   - seed: decides the wording.
    ///   - threads: how many threads share the work.
    ///   - progress: is told after every few faces how many are done, and of how many.
    /// - Throws: ``FaceCollectionError`` where a file cannot be written.
    public func write(
        to folder: URL, count: Int, seed: UInt64, threads: Int = 1,
        progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) throws(FaceCollectionError) {
        let target = try CollectionFolder(making: folder)
        let stems = table.stems
        for first in stride(from: 0, to: stems.count, by: 256) {
            let block = first..<min(first + 256, stems.count)
            let outcomes = Parallel.map(block, threads: threads) { row -> Result<Void, FaceCollectionError> in
                let lines = captions(of: stems[row], count: count, seed: seed)
                return Result { () throws(FaceCollectionError) in
                    try target.write(Array(lines.map { $0 + "\n" }.joined().utf8), to: stems[row] + ".txt")
                }
            }
            for outcome in outcomes { try outcome.get() }
            progress(block.upperBound, stems.count)
        }
    }
}
