public import Layers
public import Torch

/// The Inception-v3 that the Fréchet inception distance is defined by, as ported for pytorch-fid.
///
/// It differs from the usual Inception-v3 in three ways: means near the border leave the padding out, the last block
/// takes maxima, and there are 1008 classes. Batch normalisation always takes its running statistics.
///
/// Tensors, under the names of `pt_inception-2015-12-05`: `Conv2d_*`, `Mixed_*`; `fc.weight` [1008, 2048] and `fc.bias`
/// [1008], which belong to the file and are not used.
///
/// Source: Szegedy et al., "Rethinking the Inception architecture", 2016; Heusel et al., "GANs trained by a two
/// time-scale update rule", 2017; mseitzer/pytorch-fid.
public struct InceptionV3 {
    /// Height and width that images are resized to.
    public static let imageResolution = 299
    /// Width of the features.
    public static let featureWidth = 2048

    private let firstStem: [InceptionConvolution]
    private let secondStem: [InceptionConvolution]
    private let middle: [InceptionBlock]
    private let last: [InceptionBlock]

    /// Takes the network from a scope.
    public init(in scope: ParameterScope) throws(LayerError) {
        firstStem = [
            try InceptionConvolution(.shrinking("Conv2d_1a_3x3", 32), in: scope, inputs: 3),
            try InceptionConvolution(.shrinking("Conv2d_2a_3x3", 32, stride: 1), in: scope, inputs: 32),
            try InceptionConvolution(.same("Conv2d_2b_3x3", 64, 3, 3), in: scope, inputs: 32),
        ]
        secondStem = [
            try InceptionConvolution(.same("Conv2d_3b_1x1", 80), in: scope, inputs: 64),
            try InceptionConvolution(.shrinking("Conv2d_4a_3x3", 192, stride: 1), in: scope, inputs: 80),
        ]
        var middle: [InceptionBlock] = []
        for (name, inputs, pooled) in [("5b", 192, 32), ("5c", 256, 64), ("5d", 288, 64)] {
            middle.append(try .a(in: scope.scope("Mixed_\(name)"), inputs: inputs, pooled: pooled))
        }
        middle.append(try .b(in: scope.scope("Mixed_6a"), inputs: 288))
        for (name, width) in [("6b", 128), ("6c", 160), ("6d", 160), ("6e", 192)] {
            middle.append(try .c(in: scope.scope("Mixed_\(name)"), inputs: 768, width: width))
        }
        self.middle = middle
        last = [
            try .d(in: scope.scope("Mixed_7a"), inputs: 768),
            try .e(in: scope.scope("Mixed_7b"), inputs: 1280, takesMaxima: false),
            try .e(in: scope.scope("Mixed_7c"), inputs: 2048, takesMaxima: true),
        ]
        // Claimed, so that strict loading of the published file finds nothing left over.
        _ = try scope.scope("fc").parameter("weight", [1008, Self.featureWidth], .normal(deviation: 0.02))
        _ = try scope.scope("fc").parameter("bias", [1008], .zeros)
    }

    /// Images [N, 3, H, W] in 0...1, of any size, to features [N, 2048].
    public func callAsFunction(_ images: Tensor) throws(TorchError) -> Tensor {
        let third = try blocks(images, count: 4)[3]
        return try third.flattened(from: 1)
    }

    /// Images [N, 3, H, W] in 0...1 to what leaves the first blocks: [N, 64, 73, 73], [N, 192, 35, 35],
    /// [N, 768, 17, 17] and the features [N, 2048, 1, 1].
    /// - Parameters:
    ///   - images: of any size; resized to 299 pixels, linear without antialias, as the distance's numbers are.
    ///   - count: how many are wanted, 1...4.
    public func blocks(_ images: Tensor, count: Int = 4) throws(TorchError) -> [Tensor] {
        let side = Self.imageResolution
        var x = try images.interpolate(height: side, width: side, mode: .bilinear) * 2 - 1
        var made: [Tensor] = []
        for stem in [firstStem, secondStem] where made.count < count {
            for layer in stem { x = try layer(x) }
            x = try x.maxPool2d(3, stride: 2)
            made.append(x)
        }
        for (index, part) in [middle, last].enumerated() where made.count < count {
            for block in part { x = try block(x) }
            if index == 1 { x = try x.adaptiveAveragePool2d(1, 1) }
            made.append(x)
        }
        return made
    }
}
