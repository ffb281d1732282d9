import Perception
public import Torch

/// A photo to a code and back: the encoder's guess, improved by instance-level optimisation.
///
/// The terms are those of ``InstanceOptimization/inversion(_:features:encoder:objective:steps:patience:)``, weighted as
/// the pack says; the perceptual one is left
/// out where the pack has no VGG16. Confined to one thread, like all tensors.
public final class Inversion {
    /// What became of one photo.
    public struct Result: Sendable {
        /// The best code that was seen.
        public let code: LatentCode
        /// What it draws: RGB bytes, row by row.
        public let pixels: [UInt8]
        /// What the encoder's guess draws.
        public let startPixels: [UInt8]
        /// The losses before each step and after the last one; the first are the encoder's.
        public let reports: [InstanceOptimization.Report]
        /// The steps after which the best code was there.
        public let bestStep: Int
        /// The total loss of the best code.
        public let bestTotal: Double
    }

    /// Height and width of the pictures, in pixels.
    public let resolution: Int
    /// The names of the terms that are used, and how much each counts.
    public let terms: [(name: String, weight: Double)]
    private let generator: PackGenerator
    private let encoder: PictureEncoder
    /// What the pack, or the caller, says of how it is done.
    public let objective: InversionObjective
    private let features: PerceptualVGG16?
    private let patience: InstanceOptimization.Patience?
    private let resizing: PhotoInput.Resizing
    private let device: Device

    /// Loads what is needed from a pack.
    /// - Parameters:
    ///   - pack: an opened pack.
    ///   - generator: the pack's, with gradients by the codes, where it is loaded already.
    ///   - objective: how; the pack's own if nil.
    ///   - patience: when a photo counts as done; never if nil.
    ///   - resizing: how photos get the networks' sizes.
    ///   - device: where to run.
    /// - Throws: ``TediGANError/missing(path:_:)`` for a pack without an encoder of photos.
    public init(
        pack: ModelPack, generator: PackGenerator? = nil, objective: InversionObjective? = nil,
        patience: InstanceOptimization.Patience? = nil, resizing: PhotoInput.Resizing = .antialiased,
        device: Device = .cpu
    ) throws(TediGANError) {
        let encoder = try pack.pictureEncoder(.photo, device: device)
        let loaded = if let generator { generator } else { try pack.faceGenerator(device: device) }
        let features = pack.has(.perceptual) ? try pack.perceptualFeatures(device: device) : nil
        let side = pack.manifest.resolution
        let folded = try computing { () throws(TorchError) in
            try features.map { network throws(TorchError) in try network.frozen(side: side) }
        }
        self.encoder = encoder
        self.generator = loaded
        self.resizing = resizing
        self.device = device
        self.objective = objective ?? pack.manifest.inversion ?? .published
        self.patience = patience
        try self.objective.validate()
        resolution = side
        self.features = folded
        terms = try Self.optimization(loaded, encoder, folded, self.objective, steps: 1, patience).terms
            .map { ($0.loss.name, $0.weight) }
    }

    private static func optimization(
        _ generator: PackGenerator, _ encoder: PictureEncoder, _ features: PerceptualVGG16?,
        _ objective: InversionObjective, steps: Int, _ patience: InstanceOptimization.Patience?
    ) throws(TediGANError) -> InstanceOptimization {
        try .inversion(
            generator, features: features,
            encoder: { images throws(TorchError) in try encoder.codes(ofImages: images) }, objective: objective,
            steps: steps, patience: patience)
    }

    /// Inverts one photo.
    /// - Parameters:
    ///   - photo: a face, aligned.
    ///   - steps: of the optimisation, at most; 0 keeps the encoder's guess.
    ///   - observe: sees each report as it comes.
    /// - Throws: ``TediGANError/invalid(_:)`` for steps outside of 0...100,000; ``TediGANError/torch(_:)``.
    public func run(
        _ photo: PhotoInput, steps: Int, observe: (InstanceOptimization.Report) -> Void = { _ in }
    ) throws(TediGANError) -> Result {
        guard (0...100_000).contains(steps) else { throw .invalid("steps is \(steps); it must be in 0...100000") }
        let picture = try photo.tensor(side: encoder.side, resizing, device: device)
        let target = try photo.tensor(side: resolution, resizing, device: device)
        let optimization = try Self.optimization(generator, encoder, features, objective, steps: steps, patience)
        return try computing { () throws(TorchError) in
            let start = try withNoGradient { () throws(TorchError) in try encoder(picture) }
            let face = try optimization.face(OptimizationGoal(start: start, image: target))
            var reports: [InstanceOptimization.Report] = []
            func note(_ report: InstanceOptimization.Report?) {
                guard let report else { return }
                reports.append(report)
                observe(report)
            }
            while face.step < steps, face.end == nil { note(try optimization.step([face])[0]) }
            note(try optimization.evaluate([face])[0])
            return try withNoGradient { () throws(TorchError) in
                Result(
                    code: try LatentCode.codes(face.bestCode)[0],
                    pixels: try generator.images(of: face.bestCode).imageBytes(),
                    startPixels: try generator.images(of: start).imageBytes(), reports: reports,
                    bestStep: face.bestStep, bestTotal: face.bestTotal)
            }
        }
    }
}
