import Layers
import Torch

/// The networks that a stage trains, each with an optimiser of its own: the stage's, and its opponent's if it has one.
struct TrainingPlayers {
    /// One network and what steps it.
    struct Player {
        /// What its weights are called in a checkpoint.
        let name: String
        /// What its moments are called there.
        let moments: String
        let store: ParameterStore
        let optimizer: Adam
        /// Whether long gradients are cut; never those of an opponent, whose penalty comes seldom and with a large weight.
        let isCut: Bool

        /// Steps down the gradient of a loss.
        func step(down loss: Tensor, rate: Double) throws {
            try loss.backward()
            if isCut { try Tensor.clipGradients(optimizer.parameters, toNorm: 10) }
            optimizer.options.learningRate = rate
            try optimizer.step()
        }
    }

    /// What the stage is about.
    let main: Player
    /// The other player of a game.
    let opponent: Player?
    var all: [Player] { [main] + (opponent.map { [$0] } ?? []) }

    init(_ task: some TrainingTask) throws {
        let options = Adam.Options(
            learningRate: task.schedule.learningRate, beta1: task.momentum.mean, beta2: task.momentum.meanSquare)
        main = Player(
            name: "weights", moments: "adam", store: task.store,
            optimizer: try Adam(task.store.trainableTensors, options), isCut: true)
        opponent = try task.opponent.map { store in
            Player(
                name: "opponent", moments: "opponent-adam", store: store,
                optimizer: try Adam(store.trainableTensors, options), isCut: false)
        }
    }
}
