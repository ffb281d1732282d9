import Torch

extension FaceSynthesis {
    /// Makes the faces of requests of any kinds.
    /// - Parameter requests: as many as memory allows; they are made in passes.
    /// - Returns: a face for each request, in order.
    /// - Throws: ``TediGANError`` for the first request that the pack cannot do; check each
    ///   beforehand where one must not stop the others.
    public func make(_ requests: [FaceRequest]) throws(TediGANError) -> [MadeFace] { try make(requests, rows: rows) }

    /// The same in passes of another size.
    func make(_ requests: [FaceRequest], rows: Int) throws(TediGANError) -> [MadeFace] {
        guard !requests.isEmpty else { return [] }
        for request in requests { try check(request) }
        let plans = try plan(requests, rows: rows)
        var faces = try draw(requests, plans, rows: rows)
        let scored = requests.indices.filter { requests[$0].isScored }
        if !scored.isEmpty {
            let measures = try measures()
            let results = try measures.scores(
                of: scored.map { (request: requests[$0], plan: plans[$0], face: faces[$0]) })
            for (index, scores) in zip(scored, results) { faces[index].scores.merge(scores) { $1 } }
        }
        for (index, plan) in plans.enumerated() {
            if let loss = plan.loss { faces[index].scores["loss"] = loss }
        }
        return faces
    }

    /// A request on its way: everything but what is drawn by chance.
    struct Plan {
        /// What the caption named, and its code.
        var text: (attributes: [NamedAttribute], code: LatentCode, claims: [ControlMechanism.Claim])?
        /// The code of the outlines, and the layers that the style code has instead.
        var shape: (code: LatentCode, layers: [Int])?
        /// The face that the result is compared with.
        var base: LatentCode?
        /// The codes to draw; empty where a style code is drawn first.
        var codes: [LatentCode] = []
        /// What optimisation came to.
        var loss: Double?
    }

    private func plan(_ requests: [FaceRequest], rows: Int) throws(TediGANError) -> [Plan] {
        var known = try codes(of: requests.flatMap(\.pictures), rows: rows)
        var plans = [Plan](repeating: Plan(), count: requests.count)
        var texts: [[Int]: LatentCode] = [:]
        for (index, request) in requests.enumerated() where !request.caption.isEmpty {
            let (ids, attributes) = try read(request.caption)
            let code = if let code = texts[ids] { code } else { try textCode(ids) }
            texts[ids] = code
            plans[index].text = (attributes, code, try claims(of: attributes, layers: request.policy))
        }
        let refined = try refine(requests, starts: known)
        func code(_ source: FaceRequest.Source) throws(TediGANError) -> LatentCode {
            switch source {
            case .code(let code): return code
            case .photo(let photo):
                if let code = known[.photo(photo)] { return code }
                let made = try codes(of: [.photo(photo)], rows: rows)[.photo(photo)]
                guard let made else { throw .invalid("the photo has no code") }
                known[.photo(photo)] = made
                return made
            }
        }
        for (index, request) in requests.enumerated() {
            plans[index].loss = refined[index]?.total
            switch request.task {
            case .generate(let shape):
                guard shape != nil, let picture = request.pictures.first, let outline = known[picture] else { continue }
                plans[index].shape = (outline, request.layers ?? Array(styleLayers))
            case .manipulate(let source, let strength, _):
                let base = if let better = refined[index]?.code { better } else { try code(source) }
                plans[index].base = try code(source)
                guard let text = plans[index].text else { continue }
                plans[index].codes = [
                    control.edit(base, towards: text.code, claims: text.claims, strength: Float(strength))
                ]
            case .invert(let photo, _):
                let base = try code(.photo(photo))
                plans[index].base = base
                plans[index].codes = [refined[index]?.code ?? base]
            case .mix(let first, let second):
                var mixed = try code(first)
                plans[index].base = mixed
                let other = try code(second)
                for layer in request.layers ?? [] { mixed[layer: layer] = other[layer: layer] }
                plans[index].codes = [mixed]
            case .interpolate(let sources, let frames):
                var ends: [LatentCode] = []
                for source in sources { ends.append(try code(source)) }
                plans[index].codes = LatentCode.path(through: ends, count: frames)
            }
        }
        return plans
    }

    /// The requests whose photos are to be fitted, advanced together.
    private func refine(
        _ requests: [FaceRequest], starts: [Picture: LatentCode]
    ) throws(TediGANError) -> [Int: (code: LatentCode, total: Double)] {
        let session = OptimizationSession(self)
        var members: [Int: OptimizationSession.Member] = [:]
        for (index, request) in requests.enumerated() {
            let (photo, steps): (PhotoInput, Int)
            switch request.task {
            case .invert(let given, let count): (photo, steps) = (given, count)
            case .manipulate(.photo(let given), _, let count): (photo, steps) = (given, count)
            default: continue
            }
            guard steps > 0 else { continue }
            members[index] = try session.join(
                OptimizationRequest(photo: photo, start: starts[.photo(photo)], steps: steps))
        }
        while !session.members.isEmpty {
            try session.advance()
            onStep()
            for member in session.members where member.isDone { session.leave(member) }
        }
        var refined: [Int: (code: LatentCode, total: Double)] = [:]
        for (index, member) in members { refined[index] = (try member.best(), member.bestTotal) }
        return refined
    }
}

extension FaceSynthesis {
    /// A picture to draw: one of a request's.
    private struct Item {
        let request: Int
        let number: Int
    }

    /// Draws everything, pass by pass; of faces that compete, only the best ones stay in memory.
    private func draw(_ requests: [FaceRequest], _ plans: [Plan], rows: Int) throws(TediGANError) -> [MadeFace] {
        let items = requests.indices.flatMap { index in
            let count = plans[index].codes.isEmpty ? requests[index].bestOf : plans[index].codes.count
            return (0..<count).map { Item(request: index, number: $0) }
        }
        let measures = requests.contains { $0.bestOf > 1 } ? try measures() : nil
        try measures?.prepare(requests.filter { $0.bestOf > 1 }.map(\.caption))
        var faces = [MadeFace?](repeating: nil, count: requests.count)
        var best = [Double](repeating: -.infinity, count: requests.count)
        for pass in FixedPasses(items, rows: rows) {
            onStep()
            let competes = pass.items.prefix(pass.count).contains { requests[$0.request].bestOf > 1 }
            let (codes, chosen) = try codes(of: pass.items, requests, plans)
            let (bytes, ranks) = try inferring { () throws(TorchError) in
                let keys = pass.items.map { requests[$0.request].key(ofDraw: $0.number) }
                let images = try images(of: codes, keys: keys)
                let ranks =
                    competes
                    ? try measures?.ranks(
                        of: images, for: pass.items.map { (requests[$0.request], plans[$0.request]) })
                    : nil
                return (try images.imageBytes(), ranks)
            }
            let pictures = bytes.pictures(pass.count, side: manifest.resolution)
            for (place, item) in pass.items.prefix(pass.count).enumerated() {
                if case .interpolate = requests[item.request].task, faces[item.request] != nil {
                    faces[item.request]?.frames.append(pictures[place])
                    continue
                }
                let rank = ranks?[place] ?? 0
                guard rank > best[item.request] else { continue }
                best[item.request] = rank
                var face = MadeFace(
                    pixels: pictures[place], side: manifest.resolution, code: codes[place],
                    attributes: plans[item.request].text?.attributes ?? [])
                (face.styleCandidate, face.draw) = (chosen[place], requests[item.request].bestOf > 1 ? item.number : 0)
                if case .interpolate = requests[item.request].task { face.frames = [pictures[place]] }
                faces[item.request] = face
            }
        }
        for (index, plan) in plans.enumerated() {
            guard case .interpolate = requests[index].task, let count = faces[index]?.frames.count else { continue }
            // What stands for the whole way is its middle.
            if let middle = faces[index]?.frames[count / 2] { faces[index]?.pixels = middle }
            faces[index]?.code = plan.codes[count / 2]
        }
        let made = faces.compactMap(\.self)
        guard made.count == requests.count else { throw .invalid("a face could not be told from what is no number") }
        return try withSimilarity(made, requests, plans)
    }

    /// Faces that were chosen are told how well they fit.
    private func withSimilarity(
        _ faces: [MadeFace], _ requests: [FaceRequest], _ plans: [Plan]
    ) throws(TediGANError) -> [MadeFace] {
        let chosen = requests.indices.filter { requests[$0].bestOf > 1 && !requests[$0].isScored }
        guard !chosen.isEmpty else { return faces }
        var faces = faces
        let found = try measures().similarities(
            of: chosen.map { (request: requests[$0], plan: plans[$0], face: faces[$0]) })
        for (index, similarity) in zip(chosen, found) { faces[index].scores["similarity"] = similarity }
        return faces
    }

    /// The codes of a pass, and which of its style candidates each has.
    private func codes(
        of items: [Item], _ requests: [FaceRequest], _ plans: [Plan]
    ) throws(TediGANError) -> (codes: [LatentCode], chosen: [Int]) {
        let drawn = items.indices.filter { plans[items[$0].request].codes.isEmpty }
        var codes = items.map { plans[$0.request].codes.isEmpty ? nil : plans[$0.request].codes[$0.number] }
        var chosen = [Int](repeating: 0, count: items.count)
        if !drawn.isEmpty {
            // As many draws as the pass has rows, whatever else is in it.
            let places = drawn + Array(repeating: drawn[0], count: items.count - drawn.count)
            let styles = try inferring { () throws(TorchError) in
                try styleCandidates(
                    places.map { place in
                        let request = requests[items[place].request]
                        return (
                            request.styleKey(ofDraw: items[place].number), request.truncation ?? manifest.truncation
                        )
                    })
            }
            for (place, candidates) in zip(drawn, styles) {
                (codes[place], chosen[place]) = mixed(candidates, plans[items[place].request])
            }
        }
        return (codes.compactMap(\.self), chosen)
    }

    /// The code of a new face: the outlines' with a style of its own, and what the caption names from the text's.
    ///
    /// The style is the candidate that is nearest to the text in what the caption names, of what the style decides.
    private func mixed(_ candidates: [LatentCode], _ plan: Plan) -> (code: LatentCode, chosen: Int) {
        var claims = plan.text?.claims ?? []
        if let shape = plan.shape {
            claims = claims.enumerated().map { shape.layers.contains($0) ? $1 : .none }
        }
        let text = plan.text?.code ?? candidates[0]
        let chosen = control.nearest(to: text, among: candidates, claims: claims)?.index ?? 0
        var code = candidates[chosen]
        if let shape = plan.shape {
            var outlined = shape.code
            for layer in shape.layers { outlined[layer: layer] = code[layer: layer] }
            code = outlined
        }
        if let text = plan.text { code = control.mix(code, with: text.code, claims: text.claims) }
        return (code, chosen)
    }
}
