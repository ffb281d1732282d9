public import Torch

/// Makes images what CLIP's image tower reads.
public struct CLIPImagePreparation {
    /// Which of two ways.
    public enum Mode: String, Sendable, Hashable, Codable, CaseIterable {
        /// As the published TediGAN does it: values stay in -1...1, and every new pixel is the mean of the part of the
        /// image that it covers.
        ///
        /// The published code repeats pixels k times and averages p x p of them, with R k / p the new size (28 and 32
        /// from 256 to 224, 7 and 32 from 1024); that is the same mean without its large intermediate image.
        case published
        /// As CLIP was trained: resized by cubic interpolation that widens when shrinking, brought to 0...1, less
        /// CLIP's mean, over its deviation.
        case normalized
    }

    /// The way.
    public let mode: Mode
    /// R, height and width of the images that come in.
    public let size: Int
    /// T, height and width of the images that go out.
    public let target: Int
    private let box: Tensor
    private let mean: Tensor
    private let deviation: Tensor

    /// Creates a preparation.
    /// - Parameters:
    ///   - mode: which way.
    ///   - size: R, 1...8192.
    ///   - target: T, 1...8192, the image resolution of the model.
    ///   - dtype: the type of the computation.
    ///   - device: where the images live.
    public init(
        _ mode: Mode, from size: Int, to target: Int, dtype: DType = .float32, device: Device = .cpu
    ) throws(TorchError) {
        let sizes = 1...8192
        guard sizes.contains(size), sizes.contains(target) else {
            throw TorchError(operation: "CLIPImagePreparation", message: "cannot resize from \(size) to \(target)")
        }
        self.mode = mode
        self.size = size
        self.target = target
        let weights = mode == .published && size != target ? Self.boxWeights(from: size, to: target) : []
        box = try Tensor(
            weights, shape: weights.isEmpty ? [0] : [target, size], dtype: dtype, device: device)
        mean = try Tensor([0.48145466, 0.4578275, 0.40821073], shape: [3, 1, 1], dtype: dtype, device: device)
        deviation = try Tensor([0.26862954, 0.26130258, 0.27577711], shape: [3, 1, 1], dtype: dtype, device: device)
    }

    /// Images [N, 3, R, R] in -1...1 to [N, 3, T, T].
    public func callAsFunction(_ images: Tensor) throws(TorchError) -> Tensor {
        guard images.rank == 4, images.shape[2] == size, images.shape[3] == size else {
            throw TorchError(
                operation: "CLIPImagePreparation", shapes: [images.shape], message: "images must be of \(size) pixels")
        }
        switch mode {
        case .published:
            return size == target ? images : try box.matmul(images).matmul(box.transposed(0, 1))
        case .normalized:
            let resized =
                size == target
                ? images : try images.interpolate(height: target, width: target, mode: .bicubic, antialias: true)
            return try ((resized + 1) * 0.5 - mean) / deviation
        }
    }

    /// The weights [target, size], row-major, of the means over `target` equal parts of `size` pixels.
    ///
    /// In units of 1 / target pixel, part i is i size ..< (i + 1) size and pixel j is j target ..< (j + 1) target; the
    /// weight is the share of the part that lies on the pixel.
    static func boxWeights(from size: Int, to target: Int) -> [Double] {
        var weights = [Double](repeating: 0, count: target * size)
        for part in 0..<target {
            let (start, end) = (part * size, (part + 1) * size)
            for pixel in (start / target)...((end - 1) / target) {
                let overlap = min(end, (pixel + 1) * target) - max(start, pixel * target)
                weights[part * size + pixel] = Double(overlap) / Double(size)
            }
        }
        return weights
    }
}
