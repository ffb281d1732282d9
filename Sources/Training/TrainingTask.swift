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
    /// The loss of one step, differentiable, and figures for the log by name.
    func loss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor])
    /// A picture of how it stands, if the stage has pictures.
    func picture() throws -> RGBImage?
    /// Figures on held-out faces at the end.
    func validate() throws -> [String: Double]
}

extension TrainingTask {
    /// No picture.
    public func picture() throws -> RGBImage? { nil }
    /// No figures.
    public func validate() throws -> [String: Double] { [:] }
}
