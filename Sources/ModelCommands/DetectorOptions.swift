import ArgumentParser
import Evaluation
import Importing
import Layers
import Perception
import TediGAN
import Training

/// Published networks that measure in place of the judge's features.
struct DetectorOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Inception network of the FID (pytorch-fid's weights); then FID and KID.", valueName: "file")
    )
    var inception: String?

    @Option(help: ArgumentHelp("LPIPS 0.1 with its backbone, as the package lpips holds it.", valueName: "file"))
    var lpips: String?

    @Option(help: ArgumentHelp("ArcFace network, for identity.", valueName: "file"))
    var identity: String?

    /// What measures: networks of the files, else those of the pack, else the judge.
    func detectors(of pack: ModelPack, judge: AttributeJudge, file: String) throws -> Detectors {
        var detectors = Detectors(judge: judge, sha256: try ModelPack.fileDigest(file))
        if let inception {
            let found = try Self.network(inception, "Inception network of the FID") { $0 == .inception }
            let network = try found.store.build { scope throws(LayerError) in try InceptionV3(in: scope) }
            detectors.features = .inception(network, sha256: try ModelPack.fileDigest(inception))
        } else if pack.has(.inception) {
            detectors.features = .inception(try pack.inception(), sha256: Self.digest(.inception, of: pack))
        }
        if let lpips {
            let found = try Self.network(lpips, "LPIPS") { $0 == .lpipsAlex || $0 == .lpipsVGG }
            let backbone: LPIPS.Backbone = found.network.family == .lpipsAlex ? .alex : .vgg
            let network = try found.store.build { scope throws(LayerError) in try LPIPS(backbone, in: scope) }
            detectors.distance = .lpips(network, backbone, sha256: try ModelPack.fileDigest(lpips))
        } else if let backbone = [LPIPS.Backbone.alex, .vgg].first(where: {
            pack.has($0 == .alex ? .lpipsAlex : .lpipsVGG)
        }) {
            let role: PackRole = backbone == .alex ? .lpipsAlex : .lpipsVGG
            detectors.distance = .lpips(try pack.lpips(backbone), backbone, sha256: Self.digest(role, of: pack))
        }
        if let identity {
            let found = try Self.network(identity, "identity network") { $0 == .identity }
            let sizes: IdentitySizes = try found.network.part().sizes()
            let network = try found.store.build { scope throws(LayerError) in
                try FaceIdentity(.init(depth: sizes.depth, excites: sizes.excites), in: scope, size: sizes.size)
            }
            detectors.identity = .identity(network, sha256: try ModelPack.fileDigest(identity))
        } else if pack.has(.identity) {
            detectors.identity = .identity(try pack.faceIdentity(), sha256: Self.digest(.identity, of: pack))
        }
        return detectors
    }

    /// The network of one kind in a checkpoint, loaded strictly.
    private static func network(
        _ path: String, _ title: String, _ suits: (PartFamily) -> Bool
    ) throws -> (network: PublishedNetwork, store: ParameterStore) {
        let file = try Import(opening: path)
        for found in file.networks {
            guard let network = try? found.network.get(), suits(network.family) else { continue }
            return (network, try file.load(found))
        }
        throw ValidationError("\(path) holds no \(title); tedi-model import \(path) tells what it holds")
    }

    private static func digest(_ role: PackRole, of pack: ModelPack) -> String? {
        guard let file = pack.manifest.part(role)?.file else { return nil }
        return pack.manifest.files.first { $0.name == file }?.sha256
    }
}
