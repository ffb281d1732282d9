import FaceCollections
import FaceData
import TediGAN
import Torch

/// The faces of a data set in a folder, decoded ahead of the step that needs them.
///
/// Faces come in an order of the seed's from the split's list, so that a part of a large data set is a fair one.
final class CollectedFaces: TrainingFaces {
    let size: Int
    let device: Device
    /// What is decoded of each face.
    let wants: FaceLoader.Wants
    private let collection: FaceCollection
    private let loader: FaceLoader

    /// - Parameters:
    ///   - collection: an opened data set.
    ///   - split: which of its faces.
    ///   - limit: most of them.
    ///   - size: side of the pictures in pixels.
    ///   - seed: of the choice, where there are more.
    ///   - wants: what is decoded of each face.
    ///   - threads: that decode.
    ///   - cacheBytes: most bytes of decoded faces to keep.
    ///   - device: where the tensors are made.
    init(
        _ collection: FaceCollection, _ split: FaceSplit, limit: Int, size: Int, seed: UInt64,
        wants: FaceLoader.Wants, threads: Int,
        cacheBytes: Int, device: Device
    ) throws(TrainingError) {
        var indices = collection.indices(of: split)
        guard indices.count >= 16 else {
            throw TrainingError(
                "the data set has \(indices.count) faces for \(split.rawValue); at least 16 are needed. "
                    + "Name those of every split in train.txt, val.txt and test.txt, one a line")
        }
        if indices.count > limit {
            var random = CounterRandom(seed: seed, index: 0, stream: 0xFACE)
            indices = Array(indices.shuffled(using: &random).prefix(limit))
        }
        (self.collection, self.size, self.wants, self.device) = (collection, size, wants, device)
        loader = FaceLoader(
            collection, indices: indices, size: size, wants: wants, threads: threads, cacheBytes: cacheBytes)
    }

    var count: Int { loader.count }

    func prepare(_ indices: [Int]) { loader.prepare(indices) }

    func pictures(_ indices: [Int]) throws -> Tensor {
        let bytes = try loader.faces(indices).flatMap(\.pixels)
        return try Tensor.images(bytes: bytes, count: indices.count, height: size, width: size, device: device)
    }

    func sketches(_ indices: [Int]) throws -> Tensor {
        let lines = try zip(indices, loader.faces(indices)).flatMap { index, face in
            guard let sketch = face.sketch else { throw missing("sketch", index, "tedi-model data sketch draws it") }
            return sketch
        }
        return try Tensor(lines, shape: [indices.count, 1, size, size], device: device).to(dtype: .float32) / 255
    }

    func masks(_ indices: [Int]) throws -> [UInt8] {
        try zip(indices, loader.faces(indices)).flatMap { index, face in
            guard let map = face.labelMap else {
                throw missing("label map", index, "tedi-model data masks joins the masks of parts")
            }
            return map
        }
    }

    func captions(of index: Int) throws -> [String] {
        let captions = try collection.captions(of: loader.indices[index])
        guard !captions.isEmpty else {
            throw missing("caption", index, "tedi-model data captions writes them from an attribute file")
        }
        return captions
    }

    func attributes(of index: Int) -> [Bool?] {
        let known = collection.attributes(of: loader.indices[index]) ?? [:]
        return FaceAttribute.allCases.map { known[$0.name] }
    }

    private func missing(_ what: String, _ index: Int, _ remedy: String) -> TrainingError {
        TrainingError("face \(collection.faces[loader.indices[index]].stem) has no \(what); \(remedy)")
    }
}
