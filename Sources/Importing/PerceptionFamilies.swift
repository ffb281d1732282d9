import Layers
import Perception
import TediGAN

extension NetworkFamily {
    /// VGG16 with the weights of Caffe.
    static let perceptualVGG16 = NetworkFamily(anchor: "layer21.weight") { shapes throws(LayerError) in
        var channels: [Int] = []
        for place in [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28] {
            channels.append(try shapes.length("layer\(place).weight", 0))
        }
        return try PublishedNetwork(.perceptual, "VGG16 for perceptual losses", PerceptualSizes(channels: channels)) {
            [channels] scope throws(LayerError) in _ = try PerceptualVGG16(in: scope, channels: channels)
        }
    }

    /// LPIPS with its backbone.
    static let lpips = NetworkFamily(
        anchor: "lin0.model.1.weight", ignored: ["lins."]
    ) { shapes throws(LayerError) in
        // AlexNet's second part has 192 channels, VGG16's 128.
        let backbone: LPIPS.Backbone = try shapes.length("lin1.model.1.weight", 1) == 192 ? .alex : .vgg
        return try PublishedNetwork(
            backbone == .alex ? .lpipsAlex : .lpipsVGG, "LPIPS (\(backbone.rawValue))", LPIPSSizes()
        ) { scope throws(LayerError) in _ = try LPIPS(backbone, in: scope) }
    }

    /// CLIP, either form.
    static let clip = NetworkFamily(
        anchor: "visual.conv1.weight", ignored: CLIPConfiguration.metadataNames.sorted()
    ) { shapes throws(LayerError) in
        let configuration = try CLIPConfiguration(shapes: shapes.all)
        let form = configuration.isResNet ? "ResNet" : "ViT"
        return try PublishedNetwork(.clip, "CLIP \(form), \(configuration.imageResolution) px", configuration) {
            scope throws(LayerError) in _ = try CLIP(configuration, in: scope)
        }
    }

    /// The Inception network of the FID.
    static let inception = NetworkFamily(
        anchor: "Mixed_7c.branch_pool.conv.weight", ignored: ["AuxLogits."]
    ) { _ throws(LayerError) in
        try PublishedNetwork(.inception, "Inception-v3 of the FID", InceptionSizes()) { scope throws(LayerError) in
            _ = try InceptionV3(in: scope)
        }
    }

    /// Our own network that finds a face's points.
    static let landmarks = NetworkFamily(anchor: "heat.weight") { shapes throws(LayerError) in
        let width = try shapes.length("stem.conv.weight", 0)
        return try PublishedNetwork(
            .landmarks, "landmark network of width \(width)", LandmarkSizes(width: width)
        ) { scope throws(LayerError) in _ = try LandmarkNetwork(in: scope, width: width) }
    }
}
