import Foundation
import Layers
import Perception
import TediGAN
import Testing
import Torch

@Suite("Instance-level optimisation")
struct InstanceOptimizationTests {
    private let generator: Generator
    private let encoder: InversionEncoder
    private let optimization: InstanceOptimization

    init() throws {
        let store = ParameterStore(seed: 1, trains: false)
        generator = try store.build { scope throws(LayerError) in
            try Generator(SmallModel.configuration, in: scope)
        }.frozen()
        let encoder = try ParameterStore(seed: 2, trains: false).build { scope throws(LayerError) in
            try InversionEncoder(
                InversionEncoderConfiguration(resolution: 16, wDimension: 16, channelsBase: 4, channelsMax: 8),
                in: scope)
        }
        self.encoder = encoder
        let features = try ParameterStore(seed: 3, trains: false).build { scope throws(LayerError) in
            try PerceptualVGG16(in: scope, channels: [4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4])
        }
        optimization = try InstanceOptimization(
            generator: generator,
            terms: [
                .init(1, PixelLoss()), .init(5e-5, PerceptualLoss(features)),
                .init(2, EncoderLoss { x throws(TorchError) in try encoder(x) }),
            ])
    }

    private func goal(_ seed: UInt64, mask: Tensor? = nil) throws -> OptimizationGoal {
        let image = try Tensor.randn([1, 3, 16, 16], seed: seed).tanh()
        return OptimizationGoal(start: try withNoGradient { try encoder(image) }, image: image, mask: mask)
    }

    @Test("The loss falls, and the best code is the one with the smallest loss")
    func progress() throws {
        let face = try optimization.face(goal(7))
        var totals: [Double] = []
        for _ in 0..<30 { totals.append(try #require(try optimization.step([face])[0]).total) }
        let last = try #require(try optimization.evaluate([face])[0])
        totals.append(last.total)
        #expect(totals[30] < totals[0])
        #expect(face.bestTotal == totals.min())
        #expect(face.step == 30)
        let losses = last.losses
        let sum =
            try #require(losses["pixel"]) + 5e-5 * #require(losses["perceptual"]) + 2 * #require(losses["encoder"])
        #expect(abs(sum - last.total) < 1e-5 * abs(sum))
    }

    @Test("Each image of a batch goes its own way")
    func independence() throws {
        let alone = try optimization.face(goal(7))
        for _ in 0..<5 { try optimization.step([alone]) }
        let together = try optimization.face(goal(7))
        let other = try optimization.face(goal(8))
        // The other one joins late and leaves early.
        try optimization.step([together])
        try optimization.step([other, together])
        try optimization.step([together, other])
        try optimization.step([other, together])
        try optimization.step([together])
        #expect(other.step == 3 && together.step == 5)
        #expect(try (alone.code - together.code).detached().abs().amax().item() < 1e-4)
    }

    @Test("A saved state goes on bit for bit")
    func resume() throws {
        let straight = try optimization.face(goal(7))
        for _ in 0..<8 { try optimization.step([straight]) }
        let first = try optimization.face(goal(7))
        for _ in 0..<3 { try optimization.step([first]) }
        let folder = try SmallModel.withFolder { folder in
            let path = folder.appendingPathComponent("state.safetensors").path
            try SafeTensors.write(path, first.state())
            return try SafeTensors.read(path).tensors
        }
        let second = try optimization.face(goal(7), resuming: folder)
        for _ in 0..<5 { try optimization.step([second]) }
        #expect(try second.code.floats() == straight.code.floats())
        #expect(try second.bestCode.floats() == straight.bestCode.floats())
        #expect(second.step == 8 && second.bestTotal == straight.bestTotal && second.bestStep == straight.bestStep)
    }

    @Test("A damaged or foreign state is refused")
    func damage() throws {
        var state = try optimization.face(goal(7)).state()
        state["adam_mean"] = nil
        #expect(throws: TorchError.self) { try optimization.face(goal(7), resuming: state) }
        state = try optimization.face(goal(7)).state()
        state["counters"] = try Tensor([1] as [Int64], shape: [1])
        #expect(throws: TorchError.self) { try optimization.face(goal(7), resuming: state) }
        state = try optimization.face(goal(7)).state()
        state["code"] = try .zeros([1, 2, 16])
        #expect(throws: TorchError.self) { try optimization.face(goal(7), resuming: state) }
    }

    @Test("Outside the mask the picture does not count")
    func mask() throws {
        let half = try Tensor.cat([.ones([1, 1, 16, 8]), .zeros([1, 1, 16, 8])], axis: 3)
        let pixels = try InstanceOptimization(generator: generator, terms: [.init(1, PixelLoss())])
        var first = try goal(7, mask: half)
        let a = try #require(try pixels.evaluate([pixels.face(first)])[0])
        let image = try #require(first.image)
        first.image = try image * half + (half * -1 + 1) * 5
        let b = try #require(try pixels.evaluate([pixels.face(first)])[0])
        #expect(a.total == b.total && a.total > 0)
    }

    @Test("A face whose loss stands still ends, and one without a finite loss keeps its best code")
    func ends() throws {
        let patient = try InstanceOptimization(
            generator: generator, terms: [.init(1, StartLoss())], rate: .constant(0),
            patience: .init(steps: 4, improvement: 0.01))
        let face = try patient.face(goal(7))
        for _ in 0..<10 { try patient.step([face]) }
        #expect(face.end == .converged && face.step < 6)
        #expect(try patient.step([face])[0] == nil)

        let wild = try InstanceOptimization(
            generator: generator, terms: [.init(1, PixelLoss())], rate: .constant(.infinity))
        let lost = try wild.face(goal(7))
        for _ in 0..<3 { try wild.step([lost]) }
        #expect(lost.end == .diverged)
        #expect(lost.bestTotal.isFinite)
        #expect(try lost.bestCode.isFinite().all().item() == 1)
    }

    @Test("An objective that makes no sense is refused")
    func refusals() throws {
        #expect(throws: TediGANError.self) { try InstanceOptimization(generator: generator, terms: []) }
        #expect(throws: TediGANError.self) {
            try InstanceOptimization(generator: generator, terms: [.init(-1, PixelLoss())])
        }
        #expect(throws: TediGANError.self) {
            try InstanceOptimization(generator: generator, terms: [.init(1, PixelLoss()), .init(2, PixelLoss())])
        }
        var bad = try goal(7)
        bad.image = nil
        #expect(throws: TorchError.self) { try optimization.face(bad) }
        bad.image = try .zeros([1, 3, 8, 8])
        #expect(throws: TorchError.self) { try optimization.face(bad) }
        bad.start = try .zeros([1, 3, 16])
        #expect(throws: TorchError.self) { try optimization.face(bad) }
    }

    @Test("The ramped rate rises, stays and falls to nothing")
    func schedule() {
        let rate = LearningRate.ramped(0.1, steps: 200)
        #expect(rate.rate(at: 0) == 0)
        #expect(abs(rate.rate(at: 5) - 0.05) < 1e-12)
        #expect(abs(rate.rate(at: 100) - 0.1) < 1e-12)
        #expect(abs(rate.rate(at: 175) - 0.05) < 1e-12)
        #expect(rate.rate(at: 200) < 1e-12)
        #expect(LearningRate.constant(0.01).rate(at: 77) == 0.01)
    }
}
