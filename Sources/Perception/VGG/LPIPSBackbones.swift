import Layers
import Torch

/// AlexNet's convolutions, with the ReLU after each as a part.
///
/// Source: Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014, in torchvision's form.
struct AlexNetFeatures: LPIPSFeatures {
    let channels = [64, 192, 384, 256, 256]
    private let layers: [Convolution]

    init(in scope: ParameterScope) throws(LayerError) {
        layers = [
            try Convolution(in: scope.scope("slice1.0"), inputs: 3, outputs: 64, kernelSize: 11, stride: 4, padding: 2),
            try Convolution(in: scope.scope("slice2.3"), inputs: 64, outputs: 192, kernelSize: 5),
            try Convolution(in: scope.scope("slice3.6"), inputs: 192, outputs: 384),
            try Convolution(in: scope.scope("slice4.8"), inputs: 384, outputs: 256),
            try Convolution(in: scope.scope("slice5.10"), inputs: 256, outputs: 256),
        ]
    }

    func callAsFunction(_ x: Tensor) throws(TorchError) -> [Tensor] {
        var features: [Tensor] = []
        var x = x
        for (index, layer) in layers.enumerated() {
            if index == 1 || index == 2 { x = try x.maxPool2d(3, stride: 2) }
            x = try layer(x).relu()
            features.append(x)
        }
        return features
    }
}

/// VGG16's convolutions, cut after the last ReLU before each pooling.
struct VGG16Features: LPIPSFeatures {
    let channels = [64, 128, 256, 512, 512]
    private static let parts = [0..<4, 4..<9, 9..<16, 16..<23, 23..<30]
    private let layers: [Int: Convolution]

    init(in scope: ParameterScope) throws(LayerError) {
        layers = try VGG16Trunk.layers { place in
            let part = Self.parts.firstIndex { $0.contains(place) } ?? 0
            return scope.scope("slice\(part + 1).\(place)")
        }
    }

    func callAsFunction(_ x: Tensor) throws(TorchError) -> [Tensor] {
        var features: [Tensor] = []
        var x = x
        for part in Self.parts {
            x = try VGG16Trunk.run(x, layers, part)
            features.append(x)
        }
        return features
    }
}
