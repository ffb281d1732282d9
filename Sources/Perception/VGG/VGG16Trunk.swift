import Layers
import Torch

/// The thirteen convolutions of VGG16, by their places in the usual list of layers (convolution, ReLU, pooling).
///
/// Source: Simonyan, Zisserman, "Very deep convolutional networks", 2015, table 1, column D.
enum VGG16Trunk {
    /// Places of the convolutions.
    static let convolutions = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]
    /// Places of the poolings, which halve the size.
    static let poolings: Set = [4, 9, 16, 23]
    /// Output channels of the convolutions.
    static let channels = [64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]

    /// The convolutions by place; `scope` says where each one's tensors are.
    static func layers(
        inputs: Int = 3, channels: [Int] = channels, _ scope: (Int) -> ParameterScope
    ) throws(LayerError) -> [Int: Convolution] {
        guard channels.count == convolutions.count, channels.allSatisfy({ (1...4096).contains($0) }) else {
            throw .invalid("VGG16 has \(convolutions.count) convolutions of 1...4096 channels, not \(channels)")
        }
        var layers: [Int: Convolution] = [:]
        var inputs = inputs
        for (place, outputs) in zip(convolutions, channels) {
            layers[place] = try Convolution(in: scope(place), inputs: inputs, outputs: outputs)
            inputs = outputs
        }
        return layers
    }

    /// Folds the convolutions of a network that is only run on images of height `side`, one after the other.
    static func freeze(_ layers: inout [Int: Convolution], side: Int) throws(TorchError) {
        for place in layers.keys.sorted() {
            let halvings = poolings.count { $0 < place }
            layers[place] = try layers[place]?.frozen(side: side >> halvings)
        }
    }

    /// Runs places `range` on `x`; every convolution is followed by its ReLU.
    static func run(_ x: Tensor, _ layers: [Int: Convolution], _ range: Range<Int>) throws(TorchError) -> Tensor {
        var x = x
        for place in range {
            if let layer = layers[place] {
                x = try layer.activated(x)
            } else if poolings.contains(place) {
                x = try x.maxPool2d(2)
            }
        }
        return x
    }
}
