import Reporting

/// Something that is measured; each is a file in `Figures`.
protocol Figure: Sendable {
    /// What `--only` calls it.
    var name: String { get }
    /// Measures it on a stack of its own; one row for each number worth a line.
    func measure(_ bench: Bench) async throws -> [FigureRow]
}

/// All figures, in the order of the table.
enum Figures {
    static let all: [any Figure] = [Throughput(), Workers(), Optimization(), Augmentation()]
}
