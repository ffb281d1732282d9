public import Images
public import Layers
public import Torch

/// One stage of training: what the loop needs to know of it.
///
/// Everything random in a step is keyed by the step's number, so that (weights, moments, step) is the whole state.
public protocol TrainingTask: AnyObject {
    /// Name of the stage, also of its checkpoint.
    var name: String { get }
    /// Length, batch, step size.
    var schedule: Recipe.Schedule { get }
    /// What is trained.
    var store: ParameterStore { get }
    /// The exponential moving average of the weights: what the stage hands on.
    var average: ParameterStore { get }
    /// How much of their past Adam's two means keep.
    var momentum: (mean: Double, meanSquare: Double) { get }
    /// The other player of a game, trained in turns with the stage; nil where there is no game.
    var opponent: ParameterStore? { get }
    /// The loss of one step, differentiable, and figures for the log by name.
    func loss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor])
    /// The opponent's loss of one step; it moves first.
    func opponentLoss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor])
    /// A picture of how it stands after so many steps, if the stage has pictures.
    func picture(at step: Int) throws -> RGBImage?
    /// What else the outcome rests on, by name: kept in the checkpoint, and the same when the stage goes on.
    var notes: [String: String] { get }
    /// Figures on held-out faces at the end.
    func validate() throws -> [String: Double]
}

extension TrainingTask {
    /// 0.9 and 0.99.
    public var momentum: (mean: Double, meanSquare: Double) { (0.9, 0.99) }
    /// Nobody.
    public var opponent: ParameterStore? { nil }
    /// Never asked of a stage without an opponent.
    public func opponentLoss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor]) {
        throw TrainingError("\(name): the stage has no opponent")
    }
    /// Nothing.
    public var notes: [String: String] { [:] }
    /// No picture.
    public func picture(at step: Int) throws -> RGBImage? { nil }
    /// No figures.
    public func validate() throws -> [String: Double] { [:] }
}
