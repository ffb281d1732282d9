import ArgumentParser

/// `--grid`: what each line is multiplied by, such as `seeds=4,truncation=0.5:0.7,styles=3`.
struct Grid: ExpressibleByArgument, Equatable {
    /// Samples of each line, truncation and style.
    var seeds: Int?
    /// Values of psi.
    var truncations: [Double] = []
    /// How the styles are chosen.
    var styles = Styles.none

    /// Styles by number, or by seed.
    enum Styles: Equatable {
        case none
        /// So many, drawn from the seed of the batch and those behind it.
        case count(Int)
        /// These.
        case seeds([UInt64])
    }

    init?(argument: String) {
        var seen: Set<String> = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(separator: "=", omittingEmptySubsequences: false).map(\.trimmed)
            guard words.count == 2, seen.insert(words[0]).inserted else { return nil }
            let values = words[1].split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            switch words[0] {
            case "seeds":
                guard values.count == 1, let count = Int(values[0]) else { return nil }
                seeds = count
            case "truncation":
                let numbers = values.compactMap(Double.init)
                guard numbers.count == values.count else { return nil }
                truncations = numbers
            case "styles":
                let numbers = values.compactMap { UInt64($0) }
                guard numbers.count == values.count, let first = numbers.first else { return nil }
                guard numbers.count == 1 else {
                    styles = .seeds(numbers)
                    continue
                }
                guard (1...1_000).contains(first) else { return nil }
                styles = .count(Int(first))
            default: return nil
            }
        }
    }

    /// The seeds of the styles, where the batch has this seed.
    func styleSeeds(batch seed: UInt64) -> [UInt64] {
        switch styles {
        case .none: []
        case .count(let count): (0..<UInt64(count)).map { (seed &+ $0) & UInt64(Int64.max) }
        case .seeds(let seeds): seeds
        }
    }
}
