import ArgumentParser

/// Layers for attributes, as written on a command line: `Beard=0-3+6,Smiling=4`.
struct LayerChoice: ExpressibleByArgument, Equatable {
    /// Ascending layers by attribute.
    let layers: [String: [Int]]

    init?(argument: String) {
        var layers: [String: [Int]] = [:]
        for entry in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = entry.split(separator: "=", omittingEmptySubsequences: false)
            guard sides.count == 2, !sides[0].isEmpty, layers[String(sides[0])] == nil,
                let chosen = Self.layers(sides[1])
            else { return nil }
            layers[String(sides[0])] = chosen
        }
        self.layers = layers
    }

    /// Numbers and ranges with pluses between them.
    private static func layers(_ text: Substring) -> [Int]? {
        var chosen: Set<Int> = []
        for part in text.split(separator: "+", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last,
                first >= 0, last < 64
            else { return nil }
            chosen.formUnion(first...last)
        }
        return chosen.sorted()
    }
}
