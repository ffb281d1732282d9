public import Layers
public import Torch

/// F: the features in which TediGAN compares a picture with its reconstruction: VGG16 up to the ReLU after conv4_3.
///
/// The weights are those of the Caffe model, so images are taken from -1...1 to 0...255, their channels turned to
/// blue, green, red, and the means of ImageNet subtracted. Squared differences of these features are in the thousands;
/// the published weight of their mean is 5e-5.
///
/// Tensors: `layer{n}.weight`, `layer{n}.bias` for the thirteen convolutions n = 0, 2, 5, ..., 28; the last three exist
/// in published files and do not take part.
///
/// Source: facts of TediGAN 2.4; IIGROUP/TediGAN `perceptual_model.py`.
public struct PerceptualVGG16 {
    /// Channels of the published model.
    public static let publishedChannels = VGG16Trunk.channels
    /// The place after the ReLU of conv4_3.
    private static let end = 23

    private var layers: [Int: Convolution]
    private let means: Tensor
    private let blueGreenRed: Tensor

    /// Takes the network from a scope.
    /// - Parameters:
    ///   - scope: where the tensors are.
    ///   - channels: outputs of the thirteen convolutions; others than the published ones make small models for tests.
    public init(
        in scope: ParameterScope, channels: [Int] = PerceptualVGG16.publishedChannels
    ) throws(LayerError) {
        layers = try VGG16Trunk.layers(channels: channels) { scope.scope("layer\($0)") }
        (means, blueGreenRed) = try layered { () throws(TorchError) in
            // The reference keeps the means in single precision, in every computation.
            (
                try Tensor([103.939, 116.779, 123.68] as [Float], shape: [1, 3, 1, 1], device: scope.device)
                    .to(dtype: scope.dtype),
                try Tensor([2, 1, 0] as [Int64], shape: [3], device: scope.device)
            )
        }
    }

    /// Images [N, 3, H, W], RGB in -1...1, to features [N, 512, H/8, W/8].
    public func callAsFunction(_ images: Tensor) throws(TorchError) -> Tensor {
        let bytes = try (images.indexSelect(1, blueGreenRed) + 1) * 127.5
        return try VGG16Trunk.run(bytes - means, layers, 0..<Self.end)
    }

    /// The network for images of height `side` that is only run.
    ///
    /// It is without the layers that take no part, and with transformed weights where that pays. Gradients by the
    /// images still pass.
    public consuming func frozen(side: Int) throws(TorchError) -> PerceptualVGG16 {
        var copy = consume self
        copy.layers = copy.layers.filter { $0.key < Self.end }
        try Torch.sparingMemory { () throws(TorchError) in try VGG16Trunk.freeze(&copy.layers, side: side) }
        return copy
    }
}
