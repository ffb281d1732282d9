import Testing
import Torch

extension TorchTests {
    @Suite struct AutogradTests {
        struct Stop: Error {}

        @Test func finiteDifferences() throws {
            let (a, b) = (try sample([2, 3]), try sample([3], offset: 4))
            try checkGradients([a, b]) { try ($0[0] * $0[1] + $0[1] / ($0[0].square() + 1)).tanh() }
            try checkGradients([a]) { try $0[0].softmax(1).log() }
            try checkGradients([a]) { try $0[0].sigmoid().norm([0]) }
            try checkGradients([a]) { try $0[0].std([1]) }
            try checkGradients([sample([1, 2, 4, 4]), sample([3, 2, 3, 3], offset: 1), sample([3], offset: 2)]) {
                try $0[0].conv2d($0[1], $0[2], stride: 2, padding: 1)
            }
            try checkGradients([sample([1, 2, 3, 3]), sample([2, 1, 3, 3], offset: 1)]) {
                try $0[0].convTranspose2d($0[1], stride: 2, padding: 1)
            }
            let blur = try Tensor([1, 2, 1, 2, 4, 2, 1, 2, 1] as [Double], shape: [3, 3])
            try checkGradients([sample([1, 2, 4, 4]), sample([4, 2], offset: 3)]) {
                try $0[0].upFIRDown(blur, up: 2, padding: (2, 1)).averagePool2d(2).matmul($0[1])
            }
        }

        @Test func backwardAddsUp() throws {
            let x = try Tensor([2] as [Double], shape: [1]).requiringGradient()
            #expect(try x.gradient() == nil)
            try x.square().sum().backward()
            try x.square().sum().backward()
            #expect(try x.gradient()?.doubles() == [8])
            try Tensor.zeroGradients([x])
            #expect(try x.gradient() == nil)
            try x.square().backward(Tensor([3] as [Double], shape: [1]))
            #expect(try x.gradient()?.doubles() == [12])
            try x.setGradient(Tensor([5] as [Double], shape: [1]))
            #expect(try x.gradient()?.doubles() == [5])
            #expect(throws: TorchError.self) { try x.setGradient(Tensor.zeros([2])) }
        }

        @Test func unusedInputsHaveNoGradient() throws {
            let x = try Tensor(2).requiringGradient()
            let y = try Tensor(3).requiringGradient()
            let gradients = try x.square().gradients(withRespectTo: [x, y])
            #expect(try gradients[0]?.item() == 4)
            #expect(gradients[1] == nil)
        }

        @Test func secondDerivatives() throws {
            let x = try Tensor(3, dtype: .float64).requiringGradient()
            let first = try #require(try x.pow(3).gradients(withRespectTo: [x], createGraph: true)[0])
            #expect(try first.item() == 27)
            #expect(try first.gradients(withRespectTo: [x])[0]?.item() == 18)
        }

        @Test func scopesNestAndRestore() throws {
            let x = try Tensor(3).requiringGradient()
            try withNoGradient {
                #expect(try !x.square().requiresGradient)
                let inner = try withGradient { try x.square() }
                #expect(inner.requiresGradient)
                let nested = try withNoGradient { try x.square() }
                #expect(!nested.requiresGradient)
                #expect(try !x.square().requiresGradient)
            }
            #expect(try x.square().requiresGradient)
            #expect(throws: Stop.self) { try withNoGradient { throw Stop() } }
            #expect(throws: Stop.self) { try withInferenceMode { throw Stop() } }
            #expect(try x.square().requiresGradient)
            let y = try withInferenceMode { try withInferenceMode { try x.square() } }
            #expect(!y.requiresGradient)
            #expect(try y.item() == 9)
        }

        @Test func detachedTensorsStopGradients() throws {
            let x = try Tensor(3).requiringGradient()
            let y = try x.detached() * x
            #expect(try y.gradients(withRespectTo: [x])[0]?.item() == 3)
            #expect(throws: TorchError.self) { try x.detached().square().backward() }
        }
    }
}
