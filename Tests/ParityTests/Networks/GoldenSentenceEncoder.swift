import Layers
import TediGAN
import Torch

extension GoldenNetwork {
    /// The text encoder of DAMSM: words and sentence.
    static let sentenceEncoder = GoldenNetwork(module: "DAMSM text encoder") { manifest, dtype in
        var settings = manifest.settings
        let (size, width) = (settings.integer("ntoken", 0), settings.integer("ninput", 300))
        let (hidden, layers) = (settings.integer("nhidden_total", 256), settings.integer("nlayers", 1))
        let bidirectional = settings.bool("bidirectional", true)
        try settings.end()
        let encoder = try manifest.build(dtype) { scope throws(LayerError) in
            try SentenceEncoder(
                in: scope, vocabularySize: size, embeddingWidth: width, hiddenWidth: hidden, layers: layers,
                bidirectional: bidirectional)
        }
        let ids = try manifest.integers("input.ids")
        let tensor = try Tensor(ids.values.map(Int64.init), shape: ids.shape)
        let (words, last) = try withNoGradient {
            try encoder(tensor, lengths: manifest.integers("input.lengths").values)
        }
        return { name in
            switch name {
            case "words_emb": words
            case "sent_emb": last
            default: throw GoldenError("no output \(name)")
            }
        }
    }
}
