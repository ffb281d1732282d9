import FaceData
import TediGAN
import Testing
import Torch

@Suite("Optimisation side by side", .serialized)
struct OptimizationSessionTests {
    private let faces: FaceSynthesis
    private let photos: [PhotoInput]

    init() throws {
        faces = try FaceSynthesis(pack: DemoPack.open(), rows: 4)
        let sampler = FaceSampler(seed: 41)
        photos = try (0..<3).map {
            try PhotoInput(
                width: 64, height: 64, pixels: FaceRenderer.render(sampler.parameters(of: $0), size: 64).pixels)
        }
    }

    private func run(_ session: OptimizationSession) throws {
        while session.members.contains(where: { !$0.isDone }) { try session.advance() }
    }

    /// Mean difference of two pictures' bytes.
    private func difference(_ a: [UInt8], _ b: [UInt8]) -> Double {
        Double(zip(a, b).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }) / Double(a.count)
    }

    @Test("A face goes on from a saved state to the very same result")
    func resume() throws {
        let request = OptimizationRequest(photo: photos[0], caption: "blond hair", steps: 8)
        let whole = OptimizationSession(faces)
        let one = try whole.join(request)
        try run(whole)

        let before = OptimizationSession(faces)
        let half = try before.join(request)
        for _ in 0..<3 { try before.advance() }
        let state = try before.state(of: half)
        // Another process: networks that were loaded anew.
        let after = OptimizationSession(try FaceSynthesis(pack: DemoPack.open(), rows: 4))
        let rest = try after.join(request, resuming: state)
        #expect(rest.step == 3 && !rest.isDone)
        try run(after)
        let isSame = try rest.best() == one.best()
        #expect(isSame)
        #expect(rest.bestTotal == one.bestTotal && rest.record == one.record)
        #expect(one.record.steps == Array(0...8))
        #expect(one.attributes == [NamedAttribute(attribute: "Blond_Hair", isPresent: true)])
        let totals = try #require(one.record.losses["total"])
        let least = try #require(totals.min())
        #expect(least < totals[0] && one.bestTotal == least)
        let isSamePicture = try whole.pictures(of: [one]) == [whole.result(of: one).pixels]
        #expect(isSamePicture)

        // What is saved at the end is done when it comes back.
        let last = try OptimizationSession(faces).join(request, resuming: after.state(of: rest))
        #expect(last.isDone)
    }

    @Test("Company, joining late and leaving early do not change a face")
    func company() throws {
        let requests = [
            OptimizationRequest(photo: photos[0], steps: 6),
            OptimizationRequest(photo: photos[1], steps: 4, losses: ["pixel": 2, "encoder": 0.1], learningRate: 0.02),
            OptimizationRequest(caption: "an old man with a beard", steps: 5, key: SampleKey(seed: 3)),
            OptimizationRequest(photo: photos[2], steps: 6),
        ]
        let session = OptimizationSession(faces)
        let first = try session.join(requests[0])
        try session.advance()
        let others = try requests.dropFirst().map { try session.join($0) }
        try session.advance()
        session.leave(others[2])
        try run(session)
        #expect(others[2].step == 1)
        for (member, request) in zip([first] + others.prefix(2), requests) {
            let alone = OptimizationSession(faces)
            let own = try alone.join(request)
            try run(alone)
            #expect(member.step == request.steps)
            // Adam makes whole steps where a gradient is nothing but rounding, so codes may differ where it does not show.
            #expect(try difference(session.pictures(of: [member])[0], alone.pictures(of: [own])[0]) < 0.5)
            #expect(abs(member.bestTotal - own.bestTotal) < 1e-2 * own.bestTotal)
        }
        #expect(others[0].record.losses.keys.sorted() == ["encoder", "pixel", "total"])
        #expect(others[1].record.losses.keys.sorted() == ["encoder", "text", "total"])
    }

    @Test("States of others, and damaged ones, are refused")
    func states() throws {
        let request = OptimizationRequest(photo: photos[0], steps: 3)
        let session = OptimizationSession(faces)
        let member = try session.join(request)
        let state = try session.state(of: member)
        var other = request
        other.steps = 4
        #expect(throws: TediGANError.self) { try session.join(other, resuming: state) }
        for bytes in [[], Array(state.prefix(100)), Array(state.dropLast(8)), state.map { $0 ^ 0x55 }] {
            #expect(throws: TediGANError.self) { try session.join(request, resuming: bytes) }
        }
        #expect(session.members.count == 1)
    }

    @Test("What cannot be optimised is said")
    func refusals() throws {
        let wide = try PhotoInput(width: 30, height: 90, pixels: [UInt8](repeating: 9, count: 8100))
        let refused: [(OptimizationRequest, String)] = [
            (OptimizationRequest(steps: 3), "give one"),
            (OptimizationRequest(photo: photos[0], steps: 0), "steps"),
            (OptimizationRequest(caption: "zebra", steps: 3), "zebra"),
            (OptimizationRequest(caption: "a man", steps: 3, losses: ["pixel": 1]), "photo"),
            (OptimizationRequest(photo: photos[0], steps: 3, losses: ["text": 1]), "caption"),
            (OptimizationRequest(photo: photos[0], steps: 3, losses: ["beauty": 1]), "beauty"),
            (OptimizationRequest(photo: photos[0], steps: 3, losses: ["pixel": 0]), "other than 0"),
            (OptimizationRequest(photo: photos[0], steps: 3, losses: ["pixel": -1]), "0...1000"),
            (OptimizationRequest(photo: photos[0], steps: 3, losses: ["perceptual": 1]), "VGG16"),
            (OptimizationRequest(photo: photos[0], steps: 3, losses: ["identity": 1]), "identity"),
            (OptimizationRequest(caption: "a man", steps: 3, losses: ["clip": 1]), "CLIP"),
            (OptimizationRequest(photo: photos[0], steps: 3, learningRate: 0), "rate"),
            (OptimizationRequest(photo: wide, steps: 3), "30 x 90"),
        ]
        let session = OptimizationSession(faces)
        for (request, text) in refused {
            let error = #expect(throws: TediGANError.self) { try session.join(request) }
            #expect(error?.description.contains(text) == true, "\(error?.description ?? "nothing") for \(text)")
        }
        #expect(session.members.isEmpty)
    }

    @Test("Whole layers and subspaces are drawn to the text's code, and nothing else")
    func claims() throws {
        try SmallModel.withPack { pack in
            let faces = try FaceSynthesis(pack: pack, rows: 2)
            let session = OptimizationSession(faces)
            // Male takes layers 0 and 1 whole, Beard a part of 1 and 2.
            let member = try session.join(
                OptimizationRequest(
                    caption: "a man with a beard",
                    start: LatentCode(layers: 6, width: 16, values: .init(repeating: 0, count: 96)),
                    steps: 60, losses: ["text": 1], learningRate: 0.1))
            try run(session)
            let totals = try #require(member.record.losses["text"])
            #expect(try #require(totals.min()) < 0.05 * totals[0])
            let best = try member.best()
            #expect(best[layer: 0].contains { $0 != 0 } && best[layer: 2].contains { $0 != 0 })
            for layer in 3..<6 { #expect(best[layer: layer].allSatisfy { $0 == 0 }) }
        }
    }
}
