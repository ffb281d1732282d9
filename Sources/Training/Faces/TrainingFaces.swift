import FaceData
public import Torch

/// Faces to train on: drawn ones in memory, or a data set's from files.
///
/// Faces are named by their place, 0 to ``count`` - 1. Confined to one thread, and blocking: a face may have to be read
/// from a disk.
public protocol TrainingFaces: AnyObject {
    /// Side of the pictures in pixels.
    var size: Int { get }
    /// Where the tensors are made.
    var device: Device { get }
    /// Number of faces.
    var count: Int { get }
    /// Says which faces will be asked for next; a hint.
    func prepare(_ indices: [Int])
    /// Pictures [N, 3, size, size] in [-1, 1].
    func pictures(_ indices: [Int]) throws -> Tensor
    /// Line drawings [N, 1, size, size] in 0...1, dark lines on white, as `SketchInput` makes them.
    func sketches(_ indices: [Int]) throws -> Tensor
    /// The class of each pixel: N x size x size raw values of `FaceMaskClass`.
    func masks(_ indices: [Int]) throws -> [UInt8]
    /// What is said of a face, at least one sentence.
    func captions(of index: Int) throws -> [String]
    /// Which attributes a face has, in the order of `FaceAttribute.allCases`; nil for what is not known.
    func attributes(of index: Int) throws -> [Bool?]
}

extension TrainingFaces {
    /// Nothing to do for faces in memory.
    public func prepare(_ indices: [Int]) {}

    /// The first `count` faces, or all if there are fewer, in parts that fit into memory together with what networks
    /// make of them.
    func parts(of count: Int) -> [[Int]] {
        let count = min(count, self.count)
        return stride(from: 0, to: count, by: 50).map { Array($0..<min($0 + 50, count)) }
    }

    /// The class of each pixel, one channel a class: [N, 19, size, size] of 0 and 1.
    func labelMaps(_ indices: [Int]) throws -> Tensor {
        let ids = try Tensor(masks(indices).map(Int64.init), shape: [indices.count, size, size], device: device)
        return try ids.oneHot(FaceMaskClass.allCases.count).permuted([0, 3, 1, 2]).to(dtype: .float32).contiguous()
    }
}
