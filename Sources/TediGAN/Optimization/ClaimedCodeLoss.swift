public import Torch

/// Mean squared distance of the code from the text's in what a caption claims: whole layers, or the parts of layers that
/// lie in the subspaces of the named attributes.
///
/// All else of the code is free, so that a face becomes what its caption names and stays who it is.
///
/// Source: TediGAN, sections 3.3 and 3.4; the subspaces are our design.
public struct ClaimedCodeLoss: OptimizationLoss {
    /// The term's name in reports.
    public let name = "text"

    /// Creates the term.
    public init() {}

    /// What a step needs of a goal.
    public func reference(for goal: OptimizationGoal) throws(TorchError) -> [Tensor] {
        let code = try OptimizationGoal.required(goal.textCode, "text code", by: name)
        guard let claims = goal.textClaims else {
            throw TorchError(operation: name, message: "the goal does not say what the text claims")
        }
        return [code, claims.whole, claims.basis, claims.count]
    }

    /// The losses [N] of a batch.
    public func callAsFunction(images: Tensor, codes: Tensor, reference: [Tensor]) throws(TorchError) -> Tensor {
        let difference = try reference[0] - codes
        let whole = try (difference.square() * reference[1]).sum([1, 2])
        let parts = try reference[2].matmul(difference.unsqueezed(3)).square().sum([1, 2, 3])
        return try (whole + parts) / reference[3]
    }
}

extension OptimizationGoal {
    /// What a text claims of each layer, as tensors of one size for all captions of a pack, so that faces with different
    /// captions can be optimised together.
    public struct TextClaims {
        /// 1 for layers that are claimed as a whole, [1, L, 1].
        public let whole: Tensor
        /// Orthonormal rows for those that are claimed in part, [1, L, K, C], filled up with zeros.
        public let basis: Tensor
        /// How many numbers of a code are claimed, [1].
        public let count: Tensor

        init(_ claims: [ControlMechanism.Claim], width: Int, rows: Int, device: Device) throws(TorchError) {
            var (whole, basis, count) = ([Float](), [Float](), 0)
            for claim in claims {
                var numbers: [Float] = []
                switch claim {
                case .none: whole.append(0)
                case .whole:
                    whole.append(1)
                    count += width
                case .part(let subspace):
                    whole.append(0)
                    numbers = Array(subspace.basis.prefix(rows * width))
                    count += subspace.dimension
                }
                basis += numbers + [Float](repeating: 0, count: rows * width - numbers.count)
            }
            self.whole = try Tensor(whole, shape: [1, claims.count, 1], device: device)
            self.basis = try Tensor(basis, shape: [1, claims.count, rows, width], device: device)
            self.count = try Tensor([Float(max(1, count))], shape: [1], device: device)
        }
    }
}
