import FaceData
import Images
import Threads

/// What a face is decoded to.
public struct LoadedFace: Sendable, Hashable {
    /// The picture, RGB, row by row: `size * size * 3` bytes; empty where it was not wanted.
    public let pixels: [UInt8]
    /// The class of each pixel, `size * size` bytes; nil where it was not wanted or there is none.
    public let labelMap: [UInt8]?
    /// The line drawing, dark on white, `size * size` bytes; nil where it was not wanted or there is none.
    public let sketch: [UInt8]?

    /// Bytes in memory.
    var bytes: Int { pixels.count + (labelMap?.count ?? 0) + (sketch?.count ?? 0) }
}

/// Decodes faces of a collection ahead of whoever asks for them, on threads of its own.
///
/// Faces are named by their positions in the list that the loader was made with. What comes out depends on the files
/// alone, never on the number of threads, on what was prepared, or on what is in the cache. Decoded faces are kept up
/// to a number of bytes, those that were asked for last; beyond it, memory holds only what is being decoded.
public final class FaceLoader: Sendable {
    /// The kinds of pictures that are wanted.
    public struct Wants: OptionSet, Sendable, Hashable {
        /// The bits of the set.
        public let rawValue: Int

        /// A set of these bits.
        public init(rawValue: Int) { self.rawValue = rawValue }

        /// The picture.
        public static let image = Wants(rawValue: 1)
        /// The class of each pixel.
        public static let labelMap = Wants(rawValue: 2)
        /// The line drawing.
        public static let sketch = Wants(rawValue: 4)

        /// Bytes per pixel, at least 1.
        fileprivate var channels: Int {
            max(1, (contains(.image) ? 3 : 0) + (contains(.labelMap) ? 1 : 0) + (contains(.sketch) ? 1 : 0))
        }
    }

    /// What the loader did so far.
    public struct Figures: Sendable, Hashable {
        /// Faces that were decoded.
        public internal(set) var decoded = 0
        /// Faces that were asked for and lay in the cache.
        public internal(set) var hits = 0
        /// Bytes in the cache now.
        public internal(set) var cachedBytes = 0
    }

    /// The collection's faces that the positions name.
    public let indices: [Int]
    private let desk: DecodingDesk
    private let executors: [ThreadExecutor]

    /// Makes a loader; nothing is read yet.
    /// - Parameters:
    ///   - collection: where the faces are.
    ///   - indices: which of its faces, such as those of a split; each within `collection.faces`.
    ///   - size: side of the decoded squares in pixels, 1 to 8192.
    ///   - wants: the kinds of pictures.
    ///   - threads: how many threads decode ahead; with none, faces are decoded by who asks for them.
    ///   - cacheBytes: most bytes of decoded faces to keep.
    public init(
        _ collection: FaceCollection, indices: [Int], size: Int, wants: Wants = .image, threads: Int, cacheBytes: Int
    ) {
        precondition(indices.allSatisfy(collection.faces.indices.contains), "every index must be that of a face")
        precondition((1...8192).contains(size), "the size must be in 1...8192")
        self.indices = indices
        // More than the cache can hold would push each other out before anybody asks for them.
        let room = max(cacheBytes, 0) / (size * size * wants.channels)
        let desk = DecodingDesk(
            cacheBytes: max(cacheBytes, 0), hintLimit: min(room, 4096)
        ) { position throws(FaceCollectionError) in
            try collection.load(indices[position], size: size, wants: wants)
        }
        self.desk = desk
        executors = (0..<max(threads, 0)).map { ThreadExecutor(name: "tedi-faces-\($0)") }
        for executor in executors { Task(executorPreference: executor) { desk.work() } }
    }

    deinit { desk.close(threads: executors.count) }

    /// The number of faces.
    public var count: Int { indices.count }

    /// What the loader did so far.
    public var figures: Figures { desk.figures }

    /// The positions in the order of an epoch: a permutation that the seed and the epoch alone decide.
    public func order(seed: UInt64, epoch: Int) -> [Int] {
        var random = CounterRandom(seed: seed, index: epoch, stream: 0x0DE2)
        return Array(0..<count).shuffled(using: &random)
    }

    /// Says which faces will be asked for next; returns at once.
    ///
    /// No more than a hint: without threads, or where the cache could not hold them, they are decoded later. What is
    /// wrong with a file is told when the face is asked for.
    public func prepare(_ positions: [Int]) {
        guard !executors.isEmpty else { return }
        precondition(positions.allSatisfy((0..<count).contains), "every position must be below the count")
        desk.prepare(positions)
    }

    /// Decoded faces, in the order asked for; blocks until all are there, and decodes with the other threads meanwhile.
    /// - Parameter positions: below ``count``; the same one may come several times.
    /// - Throws: ``FaceCollectionError`` of the first face that cannot be read.
    public func faces(_ positions: [Int]) throws(FaceCollectionError) -> [LoadedFace] {
        precondition(positions.allSatisfy((0..<count).contains), "every position must be below the count")
        return try desk.faces(positions)
    }
}

extension FaceCollection {
    /// Reads and decodes what is wanted of a face.
    fileprivate func load(
        _ face: Int, size: Int, wants: FaceLoader.Wants
    ) throws(FaceCollectionError) -> LoadedFace {
        LoadedFace(
            pixels: wants.contains(.image) ? try image(of: face, size: size).pixels : [],
            labelMap: wants.contains(.labelMap) ? try labelMap(of: face, size: size)?.pixels : nil,
            sketch: wants.contains(.sketch) ? try sketch(of: face, size: size)?.pixels : nil)
    }
}
