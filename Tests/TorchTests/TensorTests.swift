import Testing
import Torch

extension TorchTests {
    @Suite struct TensorTests {
        @Test func metaData() throws {
            let x = try Tensor([Float](repeating: 1, count: 24), shape: [2, 3, 4])
            #expect(x.shape == [2, 3, 4])
            #expect(x.rank == 3)
            #expect(x.count == 24)
            #expect(x.dtype == .float32)
            #expect(x.device == .cpu)
            #expect(!x.requiresGradient)
            #expect(try Tensor(3).shape == [])
            #expect(try Tensor([Float](), shape: [0, 5]).floats().isEmpty)
        }

        @Test func creation() throws {
            #expect(try Tensor.zeros([2]).floats() == [0, 0])
            #expect(try Tensor.ones([2], dtype: .int64).int64s() == [1, 1])
            #expect(try Tensor.full([2], 2.5).floats() == [2.5, 2.5])
            #expect(try Tensor.arange(1, 7, step: 2).floats() == [1, 3, 5])
            #expect(try Tensor.eye(2).floats() == [1, 0, 0, 1])
            #expect(try Tensor([UInt8(7), 255], shape: [2]).bytes() == [7, 255])
            #expect(try Tensor([Int64.max, .min], shape: [2]).int64s() == [.max, .min])
        }

        @Test(arguments: DType.allCases) func conversionKeepsSmallWholeNumbers(_ dtype: DType) throws {
            let x = try Tensor([0, 1, 1, 0] as [Float], shape: [2, 2], dtype: dtype)
            #expect(x.dtype == dtype)
            #expect(try x.rawBytes().count == 4 * dtype.byteCount)
            #expect(try x.doubles() == [0, 1, 1, 0])
            #expect(try Tensor(bytes: x.rawBytes(), shape: [2, 2], dtype: dtype).doubles() == [0, 1, 1, 0])
        }

        @Test func halfPrecisionRounds() throws {
            let x = try Tensor([1.0009765625, 1.00390625, 65504] as [Float], shape: [3])
            #expect(try x.to(dtype: .float16).floats() == [1.0009765625, 1.00390625, 65504])
            #expect(try x.to(dtype: .bfloat16).floats() == [1, 1, 65536])
        }

        @Test func viewsShareAndCopiesDoNot() throws {
            let x = try Tensor.zeros([2, 3])
            let view = try x.reshape([6])
            let copy = try x.clone()
            try x.fill(4)
            #expect(try view.floats() == [4, 4, 4, 4, 4, 4])
            #expect(try copy.floats() == [0, 0, 0, 0, 0, 0])
            try x.copy(from: Tensor.ones([2, 3]))
            #expect(try view.sum().item() == 6)
        }

        @Test func errorsNameOperationAndShapes() throws {
            let a = try Tensor.zeros([2, 3])
            let b = try Tensor.zeros([4, 5])
            let product = #expect(throws: TorchError.self) { try a.matmul(b) }
            #expect(product?.operation == "matmul")
            #expect(product?.shapes == [[2, 3], [4, 5]])
            #expect(product?.description.contains("[2, 3], [4, 5]") == true)
            #expect(product?.message.isEmpty == false)
            let conv = #expect(throws: TorchError.self) { try a.conv2d(b) }
            #expect(conv?.operation == "conv2d")
        }

        // The count is the process's, and other tests run at the same time: what counts has a process of its own.
        @Test func aThousandRefusalsLeaveTheProcessAlive() async {
            await #expect(processExitsWith: .success) {
                let x = try Tensor.zeros([2, 3])
                let before = Torch.liveTensorCount
                for _ in 0..<1000 {
                    #expect(throws: TorchError.self) { try x.reshape([7]) }
                }
                #expect(Torch.liveTensorCount == before)
                #expect(try x.reshape([3, 2]).shape == [3, 2])
            }
        }

        @Test func refusals() throws {
            let x = try Tensor.zeros([2, 3])
            #expect(throws: TorchError.self) { try Tensor([1, 2] as [Float], shape: [3]) }
            #expect(throws: TorchError.self) { try Tensor([1, 2] as [Float], shape: [-2]) }
            #expect(throws: TorchError.self) { try Tensor.zeros([1 << 40, 1 << 40]) }
            #expect(throws: TorchError.self) { try x.item() }
            #expect(throws: TorchError.self) { try x.narrow(1, start: 2, length: 2) }
            #expect(throws: TorchError.self) { try x.copy(from: Tensor.zeros([3])) }
            #expect(throws: TorchError.self) { try x.to(dtype: .int64).requiringGradient() }
            #expect(throws: TorchError.self) { try Tensor.cat([]) }
            if !Torch.hasCUDA {
                #expect(throws: TorchError.self) { try x.to(device: .cuda(0)) }
                #expect(Torch.cudaDeviceCount == 0)
            }
        }

        @Test func devicesByName() {
            #expect(Device("cpu") == .cpu)
            #expect(Device("cuda") == .cuda(0))
            #expect(Device("cuda:3") == .cuda(3))
            for wrong in ["", "CPU", "cuda:", "cuda:-1", "cuda:128", "cuda:1x", "mps"] {
                #expect(Device(wrong) == nil)
            }
            #expect(Device.cuda(2).description == "cuda:2")
        }

        @Test func nothingLeaks() async {
            await #expect(processExitsWith: .success) {
                let before = Torch.liveTensorCount
                for _ in 0..<20 {
                    let weight = try Tensor.randn([4, 3, 3, 3], seed: 1).requiringGradient()
                    let x = try Tensor.randn([2, 3, 8, 8], seed: 2)
                    let y = try x.conv2d(weight, padding: 1).leakyReLU().averagePool2d(2)
                    let parts = try y.chunk(2, axis: 1)
                    let loss = try Tensor.stack(parts).square().mean()
                    try loss.backward()
                    _ = try x.conv2d(weight).sum().gradients(withRespectTo: [weight, x.clone().requiringGradient()])
                    _ = try? x.matmul(Tensor.zeros([5, 5]))
                    let adam = try Adam([weight], .init(learningRate: 0.1))
                    try adam.step()
                }
                #expect(Torch.liveTensorCount == before)
            }
        }

        @Test func seedsRepeat() throws {
            let a = try Tensor.randn([1000], seed: 42)
            #expect(try a.floats() == Tensor.randn([1000], seed: 42).floats())
            #expect(try a.floats() != Tensor.randn([1000], seed: 43).floats())
            #expect(try abs(a.mean().item()) < 0.15)
            #expect(try abs(a.std().item() - 1) < 0.1)
            let u = try Tensor.rand([1000], seed: 7)
            #expect(try u.amin().item() >= 0)
            #expect(try u.amax().item() < 1)
        }

        @Test func threadCount() {
            let before = Torch.threadCount
            Torch.threadCount = 1
            #expect(Torch.threadCount == 1)
            Torch.threadCount = before
            #expect(Torch.threadCount == before)
        }
    }
}
