import Testing
import Torch

@Suite("Memory of tensors")
struct MemoryTests {
    private static let mebi = 1 << 20

    /// A tensor of that many bytes, every page of it touched.
    private static func tensor(bytes: Int) throws -> Tensor { try Tensor.zeros([bytes / 4]) }

    @Test("Whatever is made and let go, no more waits than the limit says")
    func bound() throws {
        Torch.configure()
        var held: [Tensor] = []
        for round in 0..<60 {
            // Sizes that fit each other seldom, a few of them held on to.
            let tensor = try Self.tensor(bytes: (1 + (round * 37) % 23) * Self.mebi + round * 70_000)
            if round % 3 == 0 { held.append(tensor) }
            if held.count > 5 { held.removeFirst(2) }
            let memory = Torch.memory
            // Another test may spare memory just now; then the limit is 0.
            #expect(memory.waiting == 0 || memory.waiting + memory.spare <= memory.limit)
            #expect(memory.limit == 0 || memory.limit == max(36 * Self.mebi, memory.passing / 3))
            #expect(memory.passing >= 0 && memory.waiting >= 0 && memory.spare >= 0)
        }
        #expect(held.count > 2)
    }

    @Test("Nothing waits while memory is spared")
    func spared() throws {
        try Torch.sparingMemory { () throws(TorchError) in
            for bytes in [3, 8, 2, 16] { _ = try Tensor.zeros([bytes * Self.mebi / 4]) }
            let memory = Torch.memory
            #expect(memory.limit == 0 && memory.waiting == 0)
        }
    }

    @Test("Numbers of a block that was used before are those that were asked for")
    func reused() throws {
        for round in 0..<20 {
            let size = (1 + round % 3) * Self.mebi
            let ones = try Tensor.ones([size])
            #expect(try ones.sum().item() == Double(size))
            let zeros = try Tensor.zeros([size + 1_000])
            #expect(try zeros.abs().amax().item() == 0)
        }
    }
}
