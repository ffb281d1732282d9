public import FaceData
public import Torch

/// Rendered faces held in memory as bytes, with masks, features and attributes.
///
/// A face is a pure function of (seed, split, index), so a data set is never stored: it is drawn again in seconds.
public final class FaceDataset: TrainingFaces {
    /// Side of the pictures in pixels.
    public let size: Int
    /// Where the tensors are made.
    public let device: Device
    /// Number of faces.
    public let count: Int
    /// Parameters of each face.
    public let faces: [FaceParameters]
    private let pixels: [UInt8]
    private let masks: [UInt8]
    private let grammar: CaptionGrammar

    /// Draws `count` faces of a split with `threads` threads; blocks until done.
    public init(split: FaceSplit, seed: UInt64, count: Int, size: Int, threads: Int, device: Device = .cpu) {
        let sampler = FaceSampler(seed: split.seed(base: seed))
        let faces = (0..<count).map(sampler.parameters(of:))
        var pixels = [UInt8](repeating: 0, count: count * size * size * 3)
        var masks = [UInt8](repeating: 0, count: count * size * size)
        FaceRenderer.render(faces.map(\.code), size: size, threads: threads, into: &pixels, masks: &masks)
        (self.size, self.count, self.faces, self.pixels, self.masks) = (size, count, faces, pixels, masks)
        grammar = CaptionGrammar(seed: seed &+ 9)
        self.device = device
    }

    /// The features of all faces, row-major [count, F].
    public var features: [Float] { faces.flatMap(\.features) }

    /// Pictures [N, 3, size, size] in [-1, 1] of the faces at `indices`.
    public func pictures(_ indices: [Int]) throws(TorchError) -> Tensor {
        let bytes = pixels(indices)
        let tensor = try Tensor(bytes, shape: [indices.count, size, size, 3], device: device)
        return try tensor.permuted([0, 3, 1, 2]).contiguous().to(dtype: .float32) / 127.5 - 1
    }

    /// Lends the bytes of one picture, RGB, row by row.
    func withPicture<Value>(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        let area = size * size * 3
        return pixels.withUnsafeBufferPointer { body(.init(rebasing: $0[index * area..<(index + 1) * area])) }
    }

    /// Line drawings [N, 1, size, size] in 0...1 of the faces at `indices`.
    public func sketches(_ indices: [Int]) throws(TorchError) -> Tensor {
        let area = size * size
        let lines = indices.flatMap { index in
            FaceSketch.draw(
                pixels: Array(pixels[index * area * 3..<(index + 1) * area * 3]),
                mask: Array(masks[index * area..<(index + 1) * area]), size: size)
        }
        return try Tensor(lines, shape: [indices.count, 1, size, size], device: device).to(dtype: .float32) / 255
    }

    /// What the grammar says of a face.
    public func captions(of index: Int) -> [String] {
        grammar.captions(of: faces[index], face: index).map(\.text)
    }

    /// All attributes of a face.
    public func attributes(of index: Int) -> [Bool?] { faces[index].attributes }

    /// The bytes of the pictures at `indices`: N x size x size x 3, RGB interleaved.
    public func pixels(_ indices: [Int]) -> [UInt8] { gathered(pixels, indices, stride: size * size * 3) }

    /// The masks of the faces at `indices`: N x size x size raw values of `FaceMaskClass`.
    public func masks(_ indices: [Int]) -> [UInt8] { gathered(masks, indices, stride: size * size) }

    /// Features [N, F] of the faces at `indices`.
    public func features(_ indices: [Int]) throws(TorchError) -> Tensor {
        try Tensor(indices.flatMap { faces[$0].features }, shape: [indices.count, FaceFeatures.count], device: device)
    }

    /// Weight of each pixel in a picture loss, [N, 1, size, size], by the class of the mask.
    public func weights(_ indices: [Int]) throws(TorchError) -> Tensor {
        let classes = masks(indices)
        return try Tensor(
            classes.map { PixelImportance.table[Int($0)] }, shape: [indices.count, 1, size, size],
            device: device)
    }

    private func gathered(_ bytes: [UInt8], _ indices: [Int], stride: Int) -> [UInt8] {
        var chosen: [UInt8] = []
        chosen.reserveCapacity(indices.count * stride)
        for index in indices { chosen += bytes[index * stride..<(index + 1) * stride] }
        return chosen
    }
}

/// How much a pixel counts in a picture loss, by its class in the mask.
///
/// Eyes, mouth and things worn cover few pixels and carry most attributes; without weights a network of this size
/// leaves them out for a long time.
enum PixelImportance {
    /// The weight of each of the 19 classes.
    static let table: [Float] = FaceMaskClass.allCases.map { kind in
        switch kind {
        case .background: 0.5
        case .cloth: 0.8
        case .skin, .neck, .leftEar, .rightEar, .hair, .hat: 1.2
        case .eyeglasses, .necklace, .earring: 3.5
        case .leftBrow, .rightBrow: 4.5
        case .nose, .leftEye, .rightEye, .mouth, .upperLip, .lowerLip: 6
        }
    }
}

/// A deterministic order of examples: each epoch is a fresh permutation keyed by (seed, epoch), so that a resumed run
/// sees the same batches as one that was never stopped.
struct ExampleOrder {
    let seed: UInt64
    let count: Int
    private var epoch = -1
    private var permutation: [Int] = []

    init(seed: UInt64, count: Int) {
        (self.seed, self.count) = (seed, count)
    }

    /// The examples of a step, `batch` of them.
    mutating func batch(_ step: Int, of batch: Int) -> [Int] {
        (step * batch..<(step + 1) * batch).map { example($0) }
    }

    /// The example at a position, counted over all epochs.
    mutating func example(_ position: Int) -> Int {
        let wanted = position / count
        if wanted != epoch {
            var random = CounterRandom(seed: seed, index: wanted, stream: 0x0DE2)
            permutation = Array(0..<count).shuffled(using: &random)
            epoch = wanted
        }
        return permutation[position % count]
    }
}
