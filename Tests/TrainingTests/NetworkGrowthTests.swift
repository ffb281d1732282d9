import Testing

@testable import Training

@Suite("Growing networks")
struct NetworkGrowthTests {
    @Test("Sizes double over a share of the steps, and each but the first fades in")
    func stages() {
        let growth = NetworkGrowth(first: 8, last: 32, steps: 100, share: 0.4, fade: 0.5)
        #expect(growth.sides == [8, 16, 32])
        #expect(growth.stage(at: 0) == .init(side: 8, presence: 1))
        #expect(growth.stage(at: 19) == .init(side: 8, presence: 1))
        let fading = (20..<30).map { growth.stage(at: $0) }
        #expect(fading.allSatisfy { $0.side == 16 && $0.presence > 0 && $0.presence < 1 })
        #expect(zip(fading, fading.dropFirst()).allSatisfy { $0.presence < $1.presence })
        #expect(growth.stage(at: 30) == .init(side: 16, presence: 1))
        #expect(growth.stage(at: 40).side == 32 && growth.stage(at: 40).presence < 1)
        #expect(growth.stage(at: 50) == .init(side: 32, presence: 1))
        #expect(growth.stage(at: 99) == .init(side: 32, presence: 1))
    }

    @Test("Without growth every step is drawn at the last size")
    func noGrowth() {
        for growth in [
            NetworkGrowth(first: 32, last: 32, steps: 10, share: 0.5, fade: 0.5),
            NetworkGrowth(first: 64, last: 32, steps: 10, share: 0.5, fade: 0.5),
            NetworkGrowth(first: 8, last: 32, steps: 10, share: 0, fade: 0.5),
        ] {
            #expect(growth.stage(at: 0) == .init(side: 32, presence: 1))
        }
    }
}
