import Torch

/// Faces that are optimised side by side: each joins and leaves between steps, and faces that are compared by the same
/// losses take their steps in one pass.
///
/// Weights, rates, lengths and goals are each face's own. What becomes of a face does not depend on its company but for
/// the last bits of its sums; alone, and after any number of interruptions, it is the same bit for bit. Confined to one
/// thread, like all tensors.
///
/// Source: Xia et al., "TediGAN", 2021, section 3.4.
public final class OptimizationSession {
    /// One face on its way.
    public final class Member {
        /// What was asked for.
        public let request: OptimizationRequest
        /// Where it began.
        public let start: LatentCode
        /// What its caption named.
        public let attributes: [NamedAttribute]
        /// How the losses went.
        public fileprivate(set) var record: LossRecord
        /// Whether it has taken all its steps, or cannot take another.
        public fileprivate(set) var isDone = false
        fileprivate let face: OptimizedFace
        fileprivate let names: [String]

        /// Steps taken.
        public var step: Int { face.step }
        /// Total of the best code so far; infinite before the first step.
        public var bestTotal: Double { face.bestTotal }

        fileprivate init(
            _ request: OptimizationRequest, start: LatentCode, attributes: [NamedAttribute], record: LossRecord,
            face: OptimizedFace, names: [String]
        ) {
            (self.request, self.start, self.attributes) = (request, start, attributes)
            (self.record, self.face, self.names) = (record, face, names)
        }

        /// The best code so far.
        public func best() throws(TediGANError) -> LatentCode {
            try computing { () throws(TorchError) in try LatentCode.codes(face.bestCode)[0] }
        }
    }

    /// The faces that are on their way, in the order in which they joined.
    public private(set) var members: [Member] = []
    private let faces: FaceSynthesis

    /// A session with the networks of a pack.
    public init(_ faces: FaceSynthesis) { self.faces = faces }

    /// Takes a face in.
    /// - Parameters:
    ///   - request: what it shall become.
    ///   - state: what ``state(of:)`` has kept of the same request, to go on from there.
    /// - Throws: ``TediGANError/invalid(_:)`` for a request that the pack cannot do, and for a state that is damaged or
    ///   another request's.
    @discardableResult
    public func join(_ request: OptimizationRequest, resuming state: [UInt8]? = nil) throws(TediGANError) -> Member {
        try faces.check(request)
        let parts = try faces.optimizationParts()
        let weights = try parts.weights(of: request)
        let names = OptimizationParts.names.filter { weights[$0] != nil }
        var text: (code: LatentCode, claims: [ControlMechanism.Claim])?
        var attributes: [NamedAttribute] = []
        if !request.caption.isEmpty {
            let reading = try faces.read(request.caption)
            attributes = reading.attributes
            text = (try faces.textCode(reading.ids), try faces.claims(of: attributes, layers: [:]))
        }
        let saved = try state.map { bytes throws(TediGANError) in try SavedOptimization(bytes, of: request, faces) }
        let start = if let saved { saved.start } else { try faces.start(of: request) }
        let goal = try parts.goal(request, start: start, text: text, names: names)
        let optimization = try parts.optimization(names)
        let rate = parts.rate(of: request)
        let face = try computing { () throws(TorchError) in
            if let saved {
                try optimization.face(goal, resuming: saved.tensors, weights: weights, rate: rate)
            } else {
                try optimization.face(goal, weights: weights, rate: rate)
            }
        }
        let member = Member(
            request, start: start, attributes: attributes, record: saved?.record ?? LossRecord(), face: face,
            names: names)
        // A state may have been saved after the last step.
        if face.end != nil || face.step >= request.steps { try finish([member]) }
        members.append(member)
        return member
    }

    /// Lets a face go.
    public func leave(_ member: Member) { members.removeAll { $0 === member } }

    /// Moves every face that is not done by one step.
    ///
    /// - Throws: ``TediGANError/torch(_:)`` if LibTorch does; faces whose pass it was are then as they were.
    public func advance() throws(TediGANError) { try advance(members) }

    /// The same for some of the faces.
    public func advance(_ chosen: [Member]) throws(TediGANError) {
        let active = chosen.filter { !$0.isDone }
        var groups: [[String]: [Member]] = [:]
        for member in active { groups[member.names, default: []].append(member) }
        for names in groups.keys.sorted(by: { $0.joined() < $1.joined() }) {
            let group = groups[names] ?? []
            for start in stride(from: 0, to: group.count, by: faces.rows) {
                try step(Array(group[start..<min(start + faces.rows, group.count)]), names)
            }
        }
    }

    private func step(_ group: [Member], _ names: [String]) throws(TediGANError) {
        let optimization = try faces.optimizationParts().optimization(names)
        let reports = try computing { () throws(TorchError) in try optimization.step(group.map(\.face)) }
        note(reports, group)
        try finish(group.filter { $0.face.end != nil || $0.step >= $0.request.steps })
    }

    /// Sees what the last step came to, so that it can become the best one.
    private func finish(_ group: [Member]) throws(TediGANError) {
        for member in group where !member.isDone {
            let optimization = try faces.optimizationParts().optimization(member.names)
            // One by one: few end in the same step, and one that resumed must not see another company than before.
            let reports = try computing { () throws(TorchError) in try optimization.evaluate([member.face]) }
            note(reports, [member])
            member.isDone = true
        }
    }

    private func note(_ reports: [InstanceOptimization.Report?], _ group: [Member]) {
        for (report, member) in zip(reports, group) {
            if let report { member.record.note(report, of: member.request.steps) }
        }
    }

    /// What the best codes of faces draw.
    public func pictures(of members: [Member]) throws(TediGANError) -> [[UInt8]] {
        let codes = try members.map { member throws(TediGANError) in try member.best() }
        return try faces.pictures(of: codes)
    }

    /// The same for people who look on: nothing is drawn but these, and a last bit may differ.
    public func previews(of members: [Member]) throws(TediGANError) -> [[UInt8]] {
        let codes = try members.map { member throws(TediGANError) in try member.best() }
        return try faces.pictures(of: codes, rows: min(faces.rows, max(1, codes.count)))
    }

    /// All that the next step of a face depends on, as the bytes of a safetensors file.
    public func state(of member: Member) throws(TediGANError) -> [UInt8] {
        try SavedOptimization.encoded(
            member.face, start: member.start, record: member.record, request: member.request, digest: faces.digest)
    }

    /// The face that came of it.
    public func result(of member: Member, isScored: Bool = false) throws(TediGANError) -> MadeFace {
        let code = try member.best()
        let pictures = try faces.pictures(of: [code])
        var face = MadeFace(
            pixels: pictures[0], side: faces.manifest.resolution, code: code, attributes: member.attributes)
        if isScored {
            let task: FaceRequest.Task =
                if let photo = member.request.photo { .invert(photo) } else { .manipulate(.code(member.start)) }
            var plan = FaceSynthesis.Plan()
            plan.base = member.start
            if !member.request.caption.isEmpty {
                let reading = try faces.read(member.request.caption)
                plan.text = (
                    reading.attributes, try faces.textCode(reading.ids),
                    try faces.claims(of: reading.attributes, layers: [:])
                )
            }
            face.scores = try faces.measures().scores(
                of: [(request: FaceRequest(task, caption: member.request.caption), plan: plan, face: face)])[0]
        }
        face.scores["loss"] = member.bestTotal.isFinite ? member.bestTotal : nil
        return face
    }
}

extension FaceSynthesis {
    /// Checks what can be checked of an optimisation before a network runs.
    ///
    /// - Throws: ``TediGANError`` saying what the pack cannot do, or which number is out of range.
    public func check(_ request: OptimizationRequest) throws(TediGANError) {
        try OptimizationParts.check(request, in: pack)
        if !request.caption.isEmpty { _ = try read(request.caption) }
        if let photo = request.photo {
            try check(.photo(photo))
            guard request.start != nil || pack.has(.photo) else { throw .missing(path: pack.path, .photo) }
        }
        if let start = request.start { try check(start) }
    }

    /// Where an optimisation begins.
    func start(of request: OptimizationRequest) throws(TediGANError) -> LatentCode {
        if let start = request.start { return start }
        if let photo = request.photo {
            guard let code = try codes(of: [.photo(photo)])[.photo(photo)] else {
                throw .invalid("the photo has no code")
            }
            return code
        }
        return try make([FaceRequest(.generate(nil), caption: request.caption, key: request.key)])[0].code
    }
}
