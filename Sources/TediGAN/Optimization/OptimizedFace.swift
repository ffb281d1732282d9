public import Torch

/// One image under optimisation: its code, what Adam remembers of it, and the best code so far.
///
/// Everything that the next step depends on is in ``state()``; a face made from a state goes on bit for bit, on any
/// machine of the same kind.
public final class OptimizedFace {
    /// Why a face is not stepped any more.
    public enum End: String, Sendable, Hashable {
        /// Its loss has not fallen for long.
        case converged
        /// Its loss is no number; the best code is still good.
        case diverged
    }

    /// The code now, [1, L, C].
    public let code: Tensor
    /// Steps taken.
    public private(set) var step: Int
    /// The smallest total loss that was seen.
    public private(set) var bestTotal: Double
    /// The code that had it, [1, L, C].
    public private(set) var bestCode: Tensor
    /// After how many steps that was.
    public private(set) var bestStep: Int
    /// When the loss last fell by more than a trifle.
    private var hopefulStep: Int
    /// Set once the face needs no more steps.
    public private(set) var end: End?

    /// What the losses compare with, per term.
    let references: [[Tensor]]
    /// λ of each term where they are this face's own.
    var weights: [Double]?
    /// How far steps go where that is this face's own.
    var rate: LearningRate?
    private let adam: Adam

    /// A face at the start of its optimisation.
    init(start: Tensor, references: [[Tensor]], options: Adam.Options) throws(TorchError) {
        code = try start.detached().clone().requiringGradient()
        bestCode = try start.detached().clone()
        self.references = references
        adam = try Adam([code], options)
        step = 0
        bestStep = 0
        hopefulStep = 0
        bestTotal = .infinity
    }

    /// A face as ``state()`` has kept it.
    init(state: [String: Tensor], references: [[Tensor]], options: Adam.Options) throws(TorchError) {
        func part(_ name: String) throws(TorchError) -> Tensor {
            guard let tensor = state[name] else {
                throw TorchError(operation: "restore", message: "the saved state has no \(name)")
            }
            return tensor
        }
        code = try part("code").detached().clone().requiringGradient()
        bestCode = try part("best_code").detached().clone()
        guard bestCode.shape == code.shape, code.rank == 3, code.shape[0] == 1 else {
            throw TorchError(
                operation: "restore", shapes: [code.shape, bestCode.shape], message: "codes must be [1, L, C]")
        }
        self.references = references
        adam = try Adam([code], options)
        try adam.restore([
            Adam.Moments(step: part("adam_step"), mean: part("adam_mean"), meanSquare: part("adam_mean_square"))
        ])
        let counters = try part("counters").int64s()
        let totals = try part("best_total").doubles()
        guard counters.count == 4, totals.count == 1 else {
            throw TorchError(operation: "restore", message: "the saved counters are damaged")
        }
        step = Int(clamping: counters[0])
        bestStep = Int(clamping: counters[1])
        bestTotal = totals[0]
        hopefulStep = Int(clamping: counters[2])
        end = counters[3] == 1 ? .converged : counters[3] == 2 ? .diverged : nil
    }

    /// All that the next step depends on, copied, but for the goal and the objective.
    public func state() throws(TorchError) -> [String: Tensor] {
        let ends: [End?: Int64] = [.converged: 1, .diverged: 2]
        let counters = [Int64(step), Int64(bestStep), Int64(hopefulStep), ends[end] ?? 0]
        let moments = adam.moments[0]
        return [
            "code": try code.detached().clone(), "best_code": try bestCode.clone(),
            "adam_step": try moments.step.clone(), "adam_mean": try moments.mean.clone(),
            "adam_mean_square": try moments.meanSquare.clone(),
            "counters": try Tensor(counters, shape: [4]), "best_total": try Tensor([bestTotal], shape: [1]),
        ]
    }

    /// Takes note of the loss of the code as it is now.
    func note(total: Double, patience: InstanceOptimization.Patience?) throws(TorchError) {
        guard total.isFinite else {
            end = .diverged
            return
        }
        if !bestTotal.isFinite || total < bestTotal * (1 - (patience?.improvement ?? 0)) { hopefulStep = step }
        if total < bestTotal {
            bestTotal = total
            bestStep = step
            try bestCode.copy(from: code.detached())
        }
        if let patience, step - hopefulStep >= patience.steps { end = .converged }
    }

    /// Moves the code along its gradient.
    func advance(rate: Double) throws(TorchError) {
        adam.options.learningRate = rate
        try adam.step()
        step += 1
    }

    func clearGradient() throws(TorchError) { try adam.zeroGradients() }
}
