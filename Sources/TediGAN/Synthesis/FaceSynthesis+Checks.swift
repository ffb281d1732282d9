import Torch

/// What a pack can do, by the networks that it has.
public enum FaceAbility: String, Sendable, Hashable, CaseIterable {
    /// It reads captions.
    case words
    /// It reads photos.
    case photos
    /// It reads sketches.
    case sketches
    /// It reads label maps.
    case labels
    /// It compares pictures by VGG16.
    case perceptual
    /// It compares pictures and captions by CLIP.
    case clip
    /// It tells whose face it is.
    case identity
    /// It measures what it has made.
    case scores
}

/// What a request asks of a pack, by all that can be told without a picture.
public struct FaceDemand: Sendable, Hashable {
    /// The caption.
    public var caption: String
    /// Whether there must be one.
    public var needsCaption: Bool
    /// The encoders that are needed.
    public var roles: Set<PackRole>
    /// Layers for attributes.
    public var policy: [String: [Int]]
    /// Layers of the second code.
    public var layers: [Int]?
    /// Whether there must be such layers.
    public var needsLayers: Bool
    /// ψ.
    public var truncation: Double?
    /// Faces that compete.
    public var bestOf: Int
    /// Whether the result is measured.
    public var isScored: Bool

    /// Creates a demand.
    public init(
        caption: String = "", needsCaption: Bool = false, roles: Set<PackRole> = [], policy: [String: [Int]] = [:],
        layers: [Int]? = nil, needsLayers: Bool = false, truncation: Double? = nil, bestOf: Int = 1,
        isScored: Bool = false
    ) {
        (self.caption, self.needsCaption, self.roles, self.policy) = (caption, needsCaption, roles, policy)
        (self.layers, self.needsLayers, self.truncation) = (layers, needsLayers, truncation)
        (self.bestOf, self.isScored) = (bestOf, isScored)
    }
}

extension FaceSynthesis {
    /// What the pack can do.
    public var abilities: Set<FaceAbility> {
        var found: Set<FaceAbility> = []
        if reader != nil { found.insert(.words) }
        if pack.has(.photo) { found.insert(.photos) }
        if pack.has(.sketch) { found.insert(.sketches) }
        if pack.has(.labels) { found.insert(.labels) }
        if pack.has(.perceptual) { found.insert(.perceptual) }
        if pack.readsCaptionsByCLIP { found.insert(.clip) }
        if pack.has(.identity) { found.insert(.identity) }
        if pack.has(.attributes) || pack.readsCaptionsByCLIP { found.insert(.scores) }
        return found
    }

    /// The layers that a face with outlines has from its style code, where its request names none: colours and fine
    /// detail.
    public var styleLayers: Range<Int> { max(0, min(8, manifest.layers - 4))..<manifest.layers }

    /// Checks what can be checked without a picture.
    ///
    /// - Throws: ``TediGANError`` saying what the pack cannot do, or which number is out of range.
    public func check(_ demand: FaceDemand) throws(TediGANError) {
        for role in demand.roles.sorted(by: { $0.rawValue < $1.rawValue }) where !pack.has(role) {
            throw .missing(path: pack.path, role)
        }
        if !demand.caption.isEmpty || demand.needsCaption {
            let (_, attributes) = try read(demand.caption)
            _ = try claims(of: attributes, layers: demand.policy)
        } else if !demand.policy.isEmpty {
            _ = try control.overriding(layers: demand.policy)
        }
        if let psi = demand.truncation, !(0...10).contains(psi) {
            throw .invalid("truncation is \(psi); it must be in 0...10")
        }
        guard demand.layers != nil || !demand.needsLayers else {
            throw .invalid("say which layers are taken from the second face, of 0..<\(manifest.layers)")
        }
        if let layers = demand.layers {
            guard !layers.isEmpty, layers.allSatisfy((0..<manifest.layers).contains) else {
                throw .invalid(
                    "layers is \(layers); it must name some of 0..<\(manifest.layers), the layers of this pack's codes")
            }
        }
        guard (1...64).contains(demand.bestOf) else {
            throw .invalid("best of \(demand.bestOf) is not possible; it must be in 1...64")
        }
        if demand.bestOf > 1 {
            guard !demand.caption.isEmpty else {
                throw .invalid("the best of \(demand.bestOf) faces is the one that fits the caption; give one")
            }
            guard abilities.contains(.scores) || pack.has(.photo) else { throw .missing(path: pack.path, .attributes) }
        }
    }

    /// Checks a request in full, but for what only its networks can find.
    ///
    /// - Throws: ``TediGANError`` saying what the pack cannot do, or what is out of range.
    public func check(_ request: FaceRequest) throws(TediGANError) {
        var demand = FaceDemand(
            caption: request.caption, policy: request.policy, layers: request.layers, truncation: request.truncation,
            bestOf: request.bestOf, isScored: request.isScored)
        for picture in request.pictures {
            demand.roles.insert(picture.role)
            try check(picture)
        }
        for code in request.codes { try check(code) }
        switch request.task {
        case .generate: break
        case .manipulate(_, let strength, let steps):
            demand.needsCaption = true
            guard (-4...4).contains(strength) else { throw .invalid("strength is \(strength); it must be in -4...4") }
            try check(steps: steps)
        case .invert(_, let steps): try check(steps: steps)
        case .mix: demand.needsLayers = true
        case .interpolate(let sources, let frames):
            guard sources.count >= 2 else { throw .invalid("an interpolation needs two sources or more") }
            guard frames >= sources.count, frames <= 1024 else {
                throw .invalid("\(frames) frames through \(sources.count) sources are not possible; ask for as many")
            }
        }
        try check(demand)
    }

    private func check(steps: Int) throws(TediGANError) {
        guard (0...5_000).contains(steps) else { throw .invalid("steps is \(steps); it must be in 0...5000") }
    }

    func check(_ picture: Picture) throws(TediGANError) {
        let (name, width, height) = picture.size
        guard max(width, height) <= Self.largestAspect * min(width, height) else {
            throw .invalid(
                "the \(name) is \(width) x \(height) pixels; faces are square, and one side may be twice the other at "
                    + "most: cut it")
        }
    }

    func check(_ code: LatentCode) throws(TediGANError) {
        guard code.layers == manifest.layers, code.width == manifest.width else {
            throw .invalid(
                "the code is \(code.layers) layers x \(code.width); this pack's are \(manifest.layers) x "
                    + "\(manifest.width)")
        }
        guard code.values.allSatisfy(\.isFinite) else { throw .invalid("the code holds what is no number") }
    }
}

extension FaceRequest {
    /// The faces that are there already.
    var sources: [Source] {
        switch task {
        case .generate: []
        case .manipulate(let source, _, _): [source]
        case .invert(let photo, _): [.photo(photo)]
        case .mix(let first, let second): [first, second]
        case .interpolate(let sources, _): sources
        }
    }

    /// All pictures that are to be encoded.
    var pictures: [FaceSynthesis.Picture] {
        switch task {
        case .generate(.sketch(let sketch)): [.sketch(sketch)]
        case .generate(.labels(let map)): [.labels(map)]
        default: sources.compactMap(\.picture)
        }
    }

    /// All codes that are given.
    var codes: [LatentCode] {
        sources.compactMap { if case .code(let code) = $0 { code } else { nil } }
    }
}

extension FaceRequest.Source {
    var picture: FaceSynthesis.Picture? { if case .photo(let photo) = self { .photo(photo) } else { nil } }
}
