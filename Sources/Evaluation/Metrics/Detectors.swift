public import Training

/// The networks that pictures are compared by: published ones where they are given, the judge's features otherwise.
public struct Detectors {
    /// The space of Fréchet and kernel distance, coverage and diversity.
    public var features: FeatureNetwork
    /// The distance of two pictures.
    public var distance: PictureDistance
    /// Whose face it is.
    public var identity: FeatureNetwork
    /// The judges themselves, for the report.
    public var judges: [MeasuringNetwork]

    /// The judge for everything.
    /// - Parameters:
    ///   - judge: of attributes.
    ///   - sha256: of its file.
    public init(judge: AttributeJudge, sha256: String? = nil) {
        features = .judge(judge, sha256: sha256)
        distance = .judge(judge, sha256: sha256)
        identity = .identity(judge, sha256: sha256)
        judges = [
            MeasuringNetwork(use: "attributes", name: "judge of attributes", sha256: sha256, isPublished: false)
        ]
    }

    /// All of them, in the order of a report.
    var networks: [MeasuringNetwork] { compared + judges }

    /// Whether a figure that a published network could have measured comes from the judge.
    var comparesWithNothingPublished: Bool { compared.contains { !$0.isPublished } }

    private var compared: [MeasuringNetwork] { [features.network, distance.network, identity.network] }
}
