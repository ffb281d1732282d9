import Layers
import TediGAN
import Torch

extension GoldenNetwork {
    /// The encoder of idinvert: the code and the output of every block.
    static let inversionEncoder = GoldenNetwork(module: "idinvert encoder") { manifest, dtype in
        let configuration = try InversionEncoderConfiguration(manifest.settings)
        let encoder = try manifest.build(dtype) { scope throws(LayerError) in
            try InversionEncoder(configuration, in: scope)
        }
        let activations = try withNoGradient {
            try encoder.activations(manifest.input("input.image", dtype: dtype))
        }
        return { name in
            // The form that workers run, with its normalisations folded, must give the same.
            if name == "code" {
                return try withNoGradient {
                    try encoder.frozen()(manifest.input("input.image", dtype: dtype))
                }
            }
            return try numbered(name, "block", activations)
        }
    }
}

extension InversionEncoderConfiguration {
    /// The arguments of the reference's constructor.
    init(_ settings: GoldenSettings) throws {
        var settings = settings
        try settings.require("use_wscale", .bool(false))
        try settings.require("use_bn", .bool(true))
        self.init(
            resolution: settings.integer("resolution", 256), imageChannels: settings.integer("image_channels", 3),
            wDimension: settings.integer("w_space_dim", 512),
            channelsBase: settings.integer("encoder_channels_base", 64),
            channelsMax: settings.integer("encoder_channels_max", 1024))
        try settings.end()
    }
}
