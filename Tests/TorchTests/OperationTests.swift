import Foundation
import Testing
import Torch

extension TorchTests {
    @Suite struct OperationTests {
        @Test func broadcasting() throws {
            let a = try Tensor([1, 2, 3, 4, 5, 6] as [Double], shape: [2, 3])
            let b = try Tensor([10, 20, 30] as [Double], shape: [3])
            #expect(try (a + b).doubles() == [11, 22, 33, 14, 25, 36])
            #expect(try (a - b).doubles() == [-9, -18, -27, -6, -15, -24])
            #expect(try (a * b.reshape([1, 3])).doubles() == [10, 40, 90, 40, 100, 180])
            #expect(try (b / a).doubles() == [10, 10, 10, 2.5, 4, 5])
            #expect(try (2 * a + 1).doubles() == [3, 5, 7, 9, 11, 13])
            #expect(try (1 - a).doubles() == [0, -1, -2, -3, -4, -5])
            #expect(try (6 / a - Tensor([6, 3, 2, 1.5, 1.2, 1], shape: [2, 3])).abs().amax().item() < 1e-15)
            #expect(try (-a / 2).doubles() == [-0.5, -1, -1.5, -2, -2.5, -3])
        }

        @Test func wholeNumbersStayWhole() throws {
            let ids = try Tensor([1, 2, 3] as [Int64], shape: [3])
            #expect(try (ids + 1).dtype == .int64)
            #expect(try (ids * 3).int64s() == [3, 6, 9])
            #expect(try (ids * 0.5).dtype == .float32)
            #expect(try ids.greater(1.5).bools() == [false, true, true])
        }

        typealias Unary = (String, (Tensor) throws -> Tensor, (Double) -> Double)

        @Test func elementwiseFormulas() throws {
            let cases: [Unary] = [
                ("negated", { try $0.negated() }, { -$0 }), ("square", { try $0.square() }, { $0 * $0 }),
                ("sqrt", { try $0.sqrt() }, { $0.squareRoot() }),
                ("rsqrt", { try $0.rsqrt() }, { 1 / $0.squareRoot() }),
                ("reciprocal", { try $0.reciprocal() }, { 1 / $0 }), ("exp", { try $0.exp() }, exp),
                ("log", { try $0.log() }, log), ("log1p", { try $0.log1p() }, log1p),
                ("abs", { try $0.abs() }, { abs($0) }), ("sign", { try $0.sign() }, { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }),
                ("sin", { try $0.sin() }, sin), ("cos", { try $0.cos() }, cos), ("erf", { try $0.erf() }, erf),
                ("floor", { try $0.floor() }, floor),
                ("round", { try $0.round() }, { $0.rounded(.toNearestOrEven) }), ("tanh", { try $0.tanh() }, tanh),
                ("sigmoid", { try $0.sigmoid() }, { 1 / (1 + exp(-$0)) }),
                ("softplus", { try $0.softplus() }, { log(1 + exp($0)) }),
                ("relu", { try $0.relu() }, { max($0, 0) }),
                ("elu", { try $0.elu() }, { $0 > 0 ? $0 : exp($0) - 1 }),
                ("silu", { try $0.silu() }, { $0 / (1 + exp(-$0)) }),
                ("gelu", { try $0.gelu() }, { $0 * 0.5 * (1 + erf($0 / 2.0.squareRoot())) }),
                ("leakyReLU", { try $0.leakyReLU(0.2) }, { $0 > 0 ? $0 : 0.2 * $0 }),
                ("pow", { try $0.pow(3) }, { $0 * $0 * $0 }),
                ("clamp", { try $0.clamp(min: -0.5, max: 0.75) }, { min(max($0, -0.5), 0.75) }),
                ("prelu", { try $0.prelu(Tensor([0.25] as [Double], shape: [1])) }, { $0 > 0 ? $0 : 0.25 * $0 }),
            ]
            let values = [-2.5, -1, -0.3, 0, 0.2, 0.5, 1, 1.5, 3]
            let x = try Tensor(values, shape: [9])
            for (name, operation, formula) in cases {
                for (got, value) in zip(try operation(x).doubles(), values) {
                    let expected = formula(value)
                    let agrees = got == expected || got.isNaN && expected.isNaN || abs(got - expected) < 1e-12
                    #expect(agrees, "\(name)(\(value)) = \(got), not \(expected)")
                }
            }
        }

        @Test func reductions() throws {
            let x = try Tensor([3, 1, 2, 6, 5, 4] as [Double], shape: [2, 3])
            #expect(try x.sum().item() == 21)
            #expect(try x.sum([0]).doubles() == [9, 6, 6])
            #expect(try x.mean([1], keepDims: true).shape == [2, 1])
            #expect(try x.mean([-1]).doubles() == [2, 5])
            #expect(try x.amax([0]).doubles() == [6, 5, 4])
            #expect(try x.amin().item() == 1)
            #expect(try x.argmax().int64s() == [3])
            #expect(try x.argmax(1).int64s() == [0, 0])
            #expect(try x.argmin(0).int64s() == [0, 0, 0])
            #expect(try x.std([1]).doubles() == [1, 1])
            #expect(try abs(x.variance([1], correction: 0).doubles()[0] - 2 / 3) < 1e-15)
            #expect(try abs(x.norm().item() - 91.0.squareRoot()) < 1e-12)
            #expect(try x.norm([1], order: 1).doubles() == [6, 15])
            #expect(try x.cumulativeSum(1).doubles() == [3, 4, 6, 6, 11, 15])
            #expect(try x.sorted(1).doubles() == [1, 2, 3, 4, 5, 6])
            #expect(try x.argsort(1, descending: true).int64s() == [0, 2, 1, 0, 1, 2])
            #expect(try abs(x.logSumExp().item() - log(x.doubles().map(exp).reduce(0, +))) < 1e-12)
            #expect(try x.greater(0).all().item() == 1)
            #expect(try x.greater(5).any([1]).bools() == [false, true])
        }

        @Test func softmaxSumsToOne() throws {
            let x = try Tensor([1000, 1001, 1002] as [Double], shape: [1, 3])
            let y = try x.softmax(-1).doubles()
            #expect(abs(y.reduce(0, +) - 1) < 1e-12)
            #expect(abs(y[2] / y[1] - exp(1)) < 1e-9)
            #expect(abs(try x.logSoftmax(1).doubles()[0] - log(y[0])) < 1e-12)
        }

        @Test func comparisonsAndChoice() throws {
            let a = try Tensor([1, 2, 3] as [Double], shape: [3])
            let b = try Tensor([3, 2, 1] as [Double], shape: [3])
            #expect(try a.greater(b).bools() == [false, false, true])
            #expect(try a.greaterOrEqual(b).bools() == [false, true, true])
            #expect(try a.less(2).bools() == [true, false, false])
            #expect(try a.lessOrEqual(b).bools() == [true, true, false])
            #expect(try a.equal(b).or(a.equal(3)).bools() == [false, true, true])
            #expect(try a.notEqual(b).and(a.greater(1)).bools() == [false, false, true])
            #expect(try Tensor.where(a.greater(b), a, b).doubles() == [3, 2, 3])
            #expect(try Tensor.maximum(a, b).doubles() == [3, 2, 3])
            #expect(try Tensor.minimum(a, b).doubles() == [1, 2, 1])
            #expect(try a.maskedFill(a.equal(2), -1).doubles() == [1, -1, 3])
            #expect(try (a / 0 * 0).isFinite().not().all().item() == 1)
            #expect(try a.lerp(to: b, weight: 0.25).doubles() == [1.5, 2, 2.5])
        }

        @Test func shapes() throws {
            let x = try Tensor.arange(0, 24).reshape([2, 3, 4])
            #expect(try x.transposed().shape == [2, 4, 3])
            #expect(try x.permuted([2, 0, 1]).shape == [4, 2, 3])
            #expect(try x.permuted([2, 0, 1]).floats()[1] == 4)
            #expect(try x.flattened(from: 1).shape == [2, 12])
            #expect(try x.unsqueezed(1).squeezed(1).shape == [2, 3, 4])
            #expect(try x.select(0, index: 1).floats()[0] == 12)
            #expect(try x.narrow(2, start: 1, length: 2).sum().item() == 138)
            #expect(try x.strided(2, step: 2).shape == [2, 3, 2])
            #expect(try x.flipped([2]).floats()[0] == 3)
            #expect(try x.rolled(2, by: 1).floats()[0] == 3)
            #expect(try x.split([1, 2], axis: 1).map(\.shape) == [[2, 1, 4], [2, 2, 4]])
            #expect(try x.chunk(2, axis: -1).map(\.shape) == [[2, 3, 2], [2, 3, 2]])
            #expect(throws: TorchError.self) { try x.split([1, 1], axis: 1) }
            #expect(throws: TorchError.self) { try x.chunk(9, axis: 1) }
            #expect(try Tensor.cat([x, x], axis: 1).shape == [2, 6, 4])
            #expect(try Tensor.stack([x, x], axis: 1).shape == [2, 2, 3, 4])
            #expect(try Tensor.ones([1, 3]).expanded([2, -1]).shape == [2, 3])
            #expect(try Tensor.ones([1, 3]).repeated([2, 2]).shape == [2, 6])
            #expect(try Tensor.ones([2, 2]).triu().floats() == [1, 1, 0, 1])
            #expect(try Tensor.ones([2, 2]).tril().floats() == [1, 0, 1, 1])
            let ids = try Tensor([2, 0] as [Int64], shape: [2])
            #expect(try x.indexSelect(1, ids).floats()[0] == 8)
            #expect(try x.select(0, index: 0).gather(1, ids.reshape([1, 2])).floats() == [2, 0])
            #expect(try ids.oneHot(3).int64s() == [0, 0, 1, 1, 0, 0])
            #expect(try Tensor.zeros([3]).indexAdd(0, ids, Tensor.ones([2])).floats() == [1, 0, 1])
        }

        @Test func borders() throws {
            let x = try Tensor.arange(1, 4).reshape([1, 1, 1, 3])
            #expect(try x.padded([1, 2]).floats() == [0, 1, 2, 3, 0, 0])
            #expect(try x.padded([1, 1], .constant(9)).floats() == [9, 1, 2, 3, 9])
            #expect(try x.padded([-1, 0]).floats() == [2, 3])
            #expect(try x.padded([2, 1, 0, 0], .reflect).floats() == [3, 2, 1, 2, 3, 2])
            #expect(try x.padded([2, 1, 0, 0], .replicate).floats() == [1, 1, 1, 2, 3, 3])
        }
    }
}
