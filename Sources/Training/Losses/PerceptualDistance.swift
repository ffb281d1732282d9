import Layers
import Perception
import TediGAN
import Torch

/// How far two pictures are apart in the eyes of a network, as the mean squared difference of what its layers see.
///
/// Source: Johnson et al., "Perceptual losses for real-time style transfer", 2016, section 3.2.
struct PerceptualDistance {
    private enum Eye {
        /// Ours, for drawn faces: the mean over its blocks, whose batch normalisation gives all channels one weight.
        case observer(FaceObserver)
        /// The published one, weighted as TediGAN weights it beside squared differences of pixels.
        case vgg(PerceptualVGG16)
    }

    private let eye: Eye
    private static let publishedWeight = 5e-5

    /// The distance in the eyes of the observer whose weights are in `tensors`.
    init(observer tensors: [String: Tensor], size: Int, device: Device) throws {
        let store = ParameterStore(loading: tensors, device: device, trains: false)
        eye = .observer(try store.build { scope throws(LayerError) in try FaceObserver(in: scope, size: size) })
    }

    /// The distance in the eyes of the VGG16 of a pack.
    init(vggOf pack: ModelPack, size: Int, device: Device) throws {
        eye = .vgg(try pack.perceptualFeatures(device: device).frozen(side: size))
    }

    /// The distance between pictures and targets [N, 3, r, r] in [-1, 1], differentiable by the pictures.
    func callAsFunction(_ pictures: Tensor, _ targets: Tensor) throws(TorchError) -> Tensor {
        switch eye {
        case .vgg(let network):
            let wanted = try withNoGradient { () throws(TorchError) in try network(targets) }
            return try (network(pictures) - wanted).square().mean() * Self.publishedWeight
        case .observer(let observer):
            let wanted = try withNoGradient { () throws(TorchError) in try observer.blocks(targets) }
            let seen = try observer.blocks(pictures)
            var sum = try Tensor(0, device: pictures.device)
            for (seen, wanted) in zip(seen, wanted) { sum = try sum + (seen - wanted).square().mean() }
            return try sum / Double(seen.count)
        }
    }
}
