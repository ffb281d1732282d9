import Foundation
import Testing
import Torch

extension TorchTests {
    @Suite struct RecurrenceTests {
        /// One direction over one row, by the definition.
        func naive(_ x: [[Double]], _ w: [Tensor]) throws -> [[Double]] {
            let width = w[1].shape[1]
            let (wi, wh, bi, bh) = (try w[0].doubles(), try w[1].doubles(), try w[2].doubles(), try w[3].doubles())
            var h = [Double](repeating: 0, count: width)
            var c = h
            return x.map { input in
                let gates = (0..<4 * width).map { g in
                    bi[g] + bh[g] + input.indices.reduce(0) { $0 + wi[g * input.count + $1] * input[$1] }
                        + h.indices.reduce(0) { $0 + wh[g * width + $1] * h[$1] }
                }
                func sigmoid(_ v: Double) -> Double { 1 / (1 + exp(-v)) }
                for k in 0..<width {
                    c[k] = sigmoid(gates[width + k]) * c[k] + sigmoid(gates[k]) * tanh(gates[2 * width + k])
                }
                h = (0..<width).map { sigmoid(gates[3 * width + $0]) * tanh(c[$0]) }
                return h
            }
        }

        func weights(_ inputs: Int, _ width: Int, _ offset: Double) throws -> [Tensor] {
            [
                try sample([4 * width, inputs], offset: offset), try sample([4 * width, width], offset: offset + 1),
                try sample([4 * width], offset: offset + 2), try sample([4 * width], offset: offset + 3),
            ]
        }

        @Test func packedSequencesMatchTheLoop() throws {
            let (time, inputs, width) = (5, 3, 2)
            let lengths = [2, 5, 1, 4]
            let x = try sample([4, time, inputs])
            let forward = try weights(inputs, width, 10)
            let backward = try weights(inputs, width, 20)
            let (output, hidden) = try x.lstm(lengths: lengths, weights: forward + backward)
            #expect(output.shape == [4, time, 2 * width])
            #expect(hidden.shape == [4, 2 * width])
            let values = try x.doubles()
            var expected: [Double] = []
            var last: [Double] = []
            for (row, length) in lengths.enumerated() {
                let steps = (0..<length).map { t in
                    (0..<inputs).map { values[(row * time + t) * inputs + $0] }
                }
                let forth = try naive(steps, forward)
                let back = try Array(naive(steps.reversed(), backward).reversed())
                for t in 0..<time {
                    expected += t < length ? forth[t] + back[t] : [Double](repeating: 0, count: 2 * width)
                }
                last += forth[length - 1] + back[0]
            }
            #expect(try distance(output, Tensor(expected, shape: output.shape)) < 1e-12)
            #expect(try distance(hidden, Tensor(last, shape: hidden.shape)) < 1e-12)
        }

        @Test func gradientsFlowThroughPacking() throws {
            let w = try weights(2, 2, 1)
            try checkGradients([sample([2, 3, 2])] + w) { inputs in
                let (output, hidden) = try inputs[0].lstm(
                    lengths: [1, 3], weights: Array(inputs[1...]), bidirectional: false)
                return try Tensor.cat([output.reshape([-1]), hidden.reshape([-1])])
            }
        }

        @Test func refusesLengthsThatDoNotFit() throws {
            let x = try sample([2, 3, 2])
            let w = try weights(2, 2, 1)
            for lengths in [[0, 3], [1, 4], [3], [-1, 2]] {
                #expect(throws: TorchError.self) { try x.lstm(lengths: lengths, weights: w, bidirectional: false) }
            }
            #expect(throws: TorchError.self) { try x.lstm(lengths: [1, 3], weights: w) }
        }
    }
}
