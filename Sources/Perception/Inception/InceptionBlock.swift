import Layers
import Torch

/// Branches over the same input, set one behind the other along the channels.
struct InceptionBlock {
    /// A step of a branch, before it has tensors.
    enum Plan {
        case convolution(InceptionConvolution.Form)
        /// Convolutions over the same input, joined along the channels.
        case fork([InceptionConvolution.Form])
        /// 3x3 means of stride 1, over what lies inside of the image.
        case averagePool
        /// 3x3 maxima: of stride 1 that keep the size, or of stride 2 without padding.
        case maxPool(stride: Int)
    }

    private enum Step {
        case convolutions([InceptionConvolution])
        case averagePool
        case maxPool(stride: Int)

        func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
            switch self {
            case .convolutions(let list):
                let made = try list.map { layer throws(TorchError) in try layer(x) }
                return made.count == 1 ? made[0] : try Tensor.cat(made, axis: 1)
            case .averagePool: return try x.averagePool2d(3, stride: 1, padding: 1, countingPadding: false)
            case .maxPool(let stride): return try x.maxPool2d(3, stride: stride, padding: stride == 1 ? 1 : 0)
            }
        }
    }

    /// Channels of the result.
    let outputs: Int
    private let branches: [[Step]]

    init(in scope: ParameterScope, inputs: Int, _ plans: [[Plan]]) throws(LayerError) {
        var (branches, total): ([[Step]], Int) = ([], 0)
        for plan in plans {
            var (steps, channels): ([Step], Int) = ([], inputs)
            for part in plan {
                switch part {
                case .convolution(let form):
                    steps.append(.convolutions([try InceptionConvolution(form, in: scope, inputs: channels)]))
                    channels = form.outputs
                case .fork(let forms):
                    let list = try forms.map { form throws(LayerError) in
                        try InceptionConvolution(form, in: scope, inputs: channels)
                    }
                    steps.append(.convolutions(list))
                    channels = forms.reduce(0) { $0 + $1.outputs }
                case .averagePool: steps.append(.averagePool)
                case .maxPool(let stride): steps.append(.maxPool(stride: stride))
                }
            }
            branches.append(steps)
            total += channels
        }
        self.branches = branches
        outputs = total
    }

    /// [N, inputs, H, W] to [N, outputs, H', W'].
    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        var made: [Tensor] = []
        for steps in branches {
            var y = x
            for step in steps { y = try step(y) }
            made.append(y)
        }
        return try Tensor.cat(made, axis: 1)
    }
}
