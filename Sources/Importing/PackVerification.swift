import Baselines
import Layers
public import TediGAN

extension ModelPack {
    /// Builds every network of the pack over its tensors, and the control mechanism: a check of everything that opening
    /// leaves unread.
    ///
    /// - Throws: `TediGANError` naming every tensor of the first network that is not as it should be.
    public func verifyParts() throws(TediGANError) {
        for part in manifest.parts {
            guard part.family == .dfgan else {
                try check(part.role)
                continue
            }
            let sizes: DFGANGenerator.Configuration = try part.sizes()
            _ = try network(part.role) { _, scope throws(LayerError) in try DFGANGenerator(sizes, in: scope) }
        }
        _ = try controlMechanism()
    }
}
