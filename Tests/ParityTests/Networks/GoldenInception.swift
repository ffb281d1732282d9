import Layers
import Perception
import TediGAN
import Torch

extension GoldenNetwork {
    /// The Inception network of the Fréchet distance, on images of one or more sizes: output `pool3_256` is of input
    /// `input.image256`.
    static let inception = GoldenNetwork(module: "FID Inception-v3") { manifest, dtype in
        var settings = manifest.settings
        try settings.require("resize_input", .bool(true))
        try settings.require("normalize_input", .bool(true))
        try settings.require("use_fid_inception", .bool(true))
        try settings.end()
        let network = try manifest.build(dtype) { scope throws(LayerError) in try InceptionV3(in: scope) }
        var made: [String: Tensor] = [:]
        for input in manifest.inputs ?? [] where input.name.hasPrefix("input.image") {
            let image = try manifest.input(input.name, dtype: dtype)
            let blocks = try withNoGradient { () throws(TorchError) in try network.blocks(image) }
            let size = input.name.dropFirst("input.image".count)
            for (name, block) in zip(["block0", "block1", "block2", "pool3"], blocks) {
                made["\(name)_\(size)"] = block
            }
        }
        let outputs = made
        return { name in
            guard let tensor = outputs[name] else { throw GoldenError("no output \(name)") }
            return tensor
        }
    }
}
