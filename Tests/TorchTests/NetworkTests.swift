import Foundation
import Testing
import Torch

extension TorchTests {
    @Suite struct NetworkTests {
        /// Convolution by its definition, for one image.
        func naive(_ x: Tensor, _ w: Tensor, stride: Int, padding: Int, dilation: Int, groups: Int) throws -> Tensor {
            let (xs, ws) = (x.shape, w.shape)
            let (xv, wv) = (try x.doubles(), try w.doubles())
            func size(_ n: Int, _ k: Int) -> Int { (n + 2 * padding - dilation * (k - 1) - 1) / stride + 1 }
            let (h, v) = (size(xs[2], ws[2]), size(xs[3], ws[3]))
            var out = [Double](repeating: 0, count: ws[0] * h * v)
            for o in 0..<ws[0] {
                for c in 0..<ws[1] {
                    let source = o / (ws[0] / groups) * ws[1] + c
                    for i in 0..<h {
                        for j in 0..<v {
                            for a in 0..<ws[2] {
                                for b in 0..<ws[3] {
                                    let (y, z) = (
                                        i * stride + a * dilation - padding, j * stride + b * dilation - padding
                                    )
                                    guard (0..<xs[2]).contains(y), (0..<xs[3]).contains(z) else { continue }
                                    out[(o * h + i) * v + j] +=
                                        xv[(source * xs[2] + y) * xs[3] + z]
                                        * wv[((o * ws[1] + c) * ws[2] + a) * ws[3] + b]
                                }
                            }
                        }
                    }
                }
            }
            return try Tensor(out, shape: [1, ws[0], h, v])
        }

        @Test(arguments: [(1, 0, 1, 1), (2, 1, 1, 1), (1, 2, 2, 1), (1, 1, 1, 2), (2, 0, 1, 4)])
        func convolution(stride: Int, padding: Int, dilation: Int, groups: Int) throws {
            let x = try sample([1, 4, 7, 6])
            let w = try sample([4, 4 / groups, 3, 2], offset: 5)
            let expected = try naive(
                x, w, stride: stride, padding: padding, dilation: dilation, groups: groups)
            let got = try x.conv2d(w, stride: stride, padding: padding, dilation: dilation, groups: groups)
            #expect(try distance(got, expected) < 1e-12)
            let bias = try sample([4], offset: 9)
            let shifted = try x.conv2d(w, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
            #expect(try distance(shifted, expected + bias.reshape([1, 4, 1, 1])) < 1e-12)
        }

        @Test func transposedConvolutionIsTheAdjoint() throws {
            let x = try sample([1, 2, 5, 5])
            let y = try sample([1, 3, 3, 3], offset: 3)
            let w = try sample([3, 2, 3, 3], offset: 7)
            let forth = try (x.conv2d(w, stride: 2, padding: 1) * y).sum().item()
            let back = try (y.convTranspose2d(w, stride: 2, padding: 1) * x).sum().item()
            #expect(abs(forth - back) < 1e-12)
            #expect(try y.convTranspose2d(w, stride: 2, padding: 1, outputPadding: 1).shape == [1, 2, 6, 6])
        }

        @Test func sequencesAndRectangles() throws {
            let x = try sample([1, 2, 6])
            let w = try sample([3, 2, 2], offset: 2)
            let flat = try x.reshape([1, 2, 1, 6]).conv2d(w.reshape([3, 2, 1, 2]), stride: (1, 2), padding: (0, 1))
            let line = try x.conv1d(w, stride: 2, padding: 1)
            #expect(try distance(line, flat.squeezed(2)) < 1e-12)
        }

        @Test func pooling() throws {
            let x = try Tensor.arange(0, 16, dtype: .float64).reshape([1, 1, 4, 4])
            #expect(try x.averagePool2d(2).doubles() == [2.5, 4.5, 10.5, 12.5])
            #expect(try x.maxPool2d(2).doubles() == [5, 7, 13, 15])
            #expect(try x.maxPool2d(3, stride: 2, padding: 1).doubles() == [5, 7, 13, 15])
            #expect(try x.averagePool2d(3, stride: 2, padding: 1).doubles()[0] == 10.0 / 9)
            #expect(try x.averagePool2d(3, stride: 2, padding: 1, countingPadding: false).doubles()[0] == 2.5)
            #expect(try x.maxPool2d(3, stride: 2, roundingUp: true).shape == [1, 1, 2, 2])
            #expect(try x.adaptiveAveragePool2d(1, 1).item() == 7.5)
        }

        @Test func resampling() throws {
            let x = try Tensor([0, 1, 2, 3] as [Double], shape: [1, 1, 2, 2])
            #expect(try x.upsampleNearest(2).doubles() == [0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3])
            let corners = try x.upsampleBilinear(height: 3, width: 3, alignCorners: true)
            #expect(try distance(corners, Tensor([0, 0.5, 1, 1, 1.5, 2, 2, 2.5, 3], shape: [1, 1, 3, 3])) < 1e-12)
            let centres = try x.upsampleBilinear(height: 4, width: 4)
            #expect(try abs(centres.doubles()[1] - 0.25) < 1e-12)
            #expect(try x.interpolate(height: 1, width: 1, mode: .area).item() == 1.5)
            #expect(try x.interpolate(height: 5, width: 5, mode: .bicubic).shape == [1, 1, 5, 5])
            let small = try x.interpolate(height: 1, width: 1, mode: .bilinear, antialias: true)
            #expect(try abs(small.item() - 1.5) < 1e-12)
        }

        @Test func upFIRDownMatchesItsSteps() throws {
            let x = try sample([2, 3, 4, 5])
            let kernel = try Tensor([1, 2, 3, 4, 5, 6, 7, 8, 9] as [Double], shape: [3, 3])
            // The true convolution of one pixel with a kernel is the kernel.
            let pixel = try Tensor.zeros([1, 1, 5, 5], dtype: .float64)
            try pixel.narrow(2, start: 2, length: 1).narrow(3, start: 2, length: 1).fill(1)
            let spread = try pixel.upFIRDown(kernel).reshape([3, 3])
            #expect(try distance(spread, kernel) == 0)
            let y = try x.upFIRDown(kernel, up: 2, down: 2, padding: (2, 1))
            #expect(y.shape == [2, 3, 5, 6])
            let dense = try Tensor.zeros([2, 3, 8, 10], dtype: .float64)
            try dense.strided(2, step: 2).strided(3, step: 2).copy(from: x)
            let expected = try dense.padded([2, 1, 2, 1]).conv2d(
                kernel.flipped([0, 1]).reshape([1, 1, 3, 3]).repeated([3, 1, 1, 1]), groups: 3)
            #expect(try distance(y, expected.strided(2, step: 2).strided(3, step: 2)) < 1e-12)
        }

        @Test func linearAlgebra() throws {
            let x = try Tensor([1, 2, 3, 4] as [Double], shape: [2, 2])
            let w = try Tensor([1, 0, 0, 1, 1, 1] as [Double], shape: [3, 2])
            #expect(
                try x.linear(w, Tensor([10, 20, 30] as [Double], shape: [3])).doubles() == [11, 22, 33, 13, 24, 37])
            #expect(try x.matmul(x).doubles() == [7, 10, 15, 22])
            #expect(try x.unsqueezed(0).bmm(x.unsqueezed(0)).doubles() == [7, 10, 15, 22])
            let ids = try Tensor([2, 0] as [Int64], shape: [1, 2])
            #expect(try ids.embedding(w).doubles() == [1, 1, 1, 0])
            #expect(throws: TorchError.self) { try Tensor([3] as [Int64], shape: [1]).embedding(w) }
        }

        @Test func attentionMatchesSoftmax() throws {
            let (q, k, v) = (
                try sample([2, 3, 4]), try sample([2, 5, 4], offset: 1), try sample([2, 5, 6], offset: 2)
            )
            let expected = try (q.matmul(k.transposed()) / 2).softmax(-1).matmul(v)
            #expect(try distance(Tensor.attention(query: q, key: k, value: v), expected) < 1e-12)
            let first = try Tensor.attention(query: k, key: k, value: v, causal: true).narrow(1, start: 0, length: 1)
            #expect(try distance(first, v.narrow(1, start: 0, length: 1)) < 1e-12)
        }

        @Test func losses() throws {
            let logits = try Tensor([1, 2, 3, 3, 1, 2] as [Double], shape: [2, 3])
            let target = try Tensor([2, 1] as [Int64], shape: [2])
            let z = log(exp(1.0) + exp(2.0) + exp(3.0))
            #expect(try abs(logits.crossEntropy(target).item() - ((z - 3) + (z - 1)) / 2) < 1e-12)
            #expect(try logits.crossEntropy(target, reduction: .none).shape == [2])
            let x = try Tensor([-800, 0, 800] as [Double], shape: [3])
            let t = try Tensor([0, 0.5, 0] as [Double], shape: [3])
            let bce = try x.binaryCrossEntropyWithLogits(t, reduction: .none).doubles()
            #expect(bce[0] == 0 && abs(bce[1] - log(2.0)) < 1e-12 && bce[2] == 800)
            #expect(try x.meanSquaredError(x + 3).item() == 9)
            #expect(try x.meanAbsoluteError(x - 3).item() == 3)
        }

        @Test func dropoutKeepsTheMean() throws {
            let x = try Tensor.ones([10000])
            let y = try x.dropout(0.25, seed: 1)
            #expect(try abs(y.mean().item() - 1) < 0.03)
            #expect(try y.equal(0).or(y.greater(1.3)).all().item() == 1)
            #expect(try x.dropout(0.25, seed: 1).floats() == y.floats())
            #expect(try x.dropout(0.25, seed: 2).floats() != y.floats())
            #expect(try x.dropout(0.25, seed: nil).floats() == x.floats())
            #expect(throws: TorchError.self) { try x.dropout(1, seed: 1) }
        }
    }
}
