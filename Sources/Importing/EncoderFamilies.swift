import Layers
import Perception
import TediGAN

extension NetworkFamily {
    /// The inversion encoder of idinvert.
    static let inversionEncoder = NetworkFamily(anchor: "block0.conv.weight") { shapes throws(LayerError) in
        let blocks = shapes.count("block", ".conv1.weight", from: 1)
        let resolution = 4 << blocks
        let layers = 2 * (resolution.trailingZeroBitCount - 1)
        let outputs = try shapes.length("block\(blocks + 1).fc.weight", 0)
        guard layers > 0, outputs % layers == 0 else {
            throw .invalid("an encoder of \(resolution) pixels makes \(layers) rows; \(outputs) numbers do not divide")
        }
        let configuration = InversionEncoderConfiguration(
            resolution: resolution, imageChannels: try shapes.length("block0.conv.weight", 1), layers: layers,
            wDimension: outputs / layers, channelsBase: try shapes.length("block0.conv.weight", 0),
            channelsMax: try shapes.length("block\(blocks).conv2.weight", 0))
        return try PublishedNetwork(.inversionEncoder, "inversion encoder, \(resolution) px", configuration) {
            scope throws(LayerError) in _ = try InversionEncoder(configuration, in: scope)
        }
    }

    /// The pSp encoder, of photos, sketches or label maps.
    static let gradualStyleEncoder = NetworkFamily(
        anchor: "styles.0.convs.0.weight", ignored: [PartFamily.meanName]
    ) { shapes throws(LayerError) in
        let channels = try shapes.length("input_layer.0.weight", 1)
        let configuration = GradualStyleEncoderConfiguration(
            imageChannels: channels, layers: shapes.count("styles.", ".linear.weight"))
        let kind = channels == 3 ? "photos" : channels == 1 ? "sketches" : "label maps of \(channels) classes"
        return try PublishedNetwork(
            .gradualStyleEncoder, "pSp encoder of \(kind), \(configuration.layers) rows", configuration
        ) { scope throws(LayerError) in _ = try GradualStyleEncoder(configuration, in: scope) }
    }

    /// ArcFace on an improved ResNet.
    static let faceIdentity = NetworkFamily(anchor: "output_layer.3.weight") { shapes throws(LayerError) in
        let blocks = shapes.count("body.", ".res_layer.1.weight")
        let excites = shapes.all["body.0.res_layer.5.fc1.weight"] != nil
        guard let depth = [24: 50, 49: 100, 50: 152][blocks] else {
            throw .invalid("an improved ResNet has 24, 49 or 50 blocks, not \(blocks)")
        }
        let inputs = try shapes.length("output_layer.3.weight", 1)
        let size = inputs == 512 * 49 ? 112 : 224
        let backbone = IRBackbone.Configuration(depth: depth, excites: excites)
        return try PublishedNetwork(
            .identity, "ArcFace on IR\(excites ? "-SE" : "")\(depth), \(size) px",
            IdentitySizes(depth: depth, excites: excites, size: size)
        ) { scope throws(LayerError) in _ = try FaceIdentity(backbone, in: scope, size: size) }
    }

    /// DAMSM's text encoder.
    static let sentenceEncoder = NetworkFamily(anchor: "rnn.weight_ih_l0") { shapes throws(LayerError) in
        let words = try shapes.length("encoder.weight", 0)
        let width = try shapes.length("encoder.weight", 1)
        let bidirectional = shapes.all["rnn.weight_ih_l0_reverse"] != nil
        let hidden = try shapes.length("rnn.weight_hh_l0", 1) * (bidirectional ? 2 : 1)
        let layers = shapes.count("rnn.weight_ih_l", "")
        return try PublishedNetwork(
            .sentenceEncoder, "DAMSM text encoder, \(words) words",
            SentenceSizes(
                vocabularySize: words, embeddingWidth: width, hiddenWidth: hidden, layers: layers,
                bidirectional: bidirectional)
        ) { scope throws(LayerError) in
            _ = try SentenceEncoder(
                in: scope, vocabularySize: words, embeddingWidth: width, hiddenWidth: hidden, layers: layers,
                bidirectional: bidirectional)
        }
    }
}
