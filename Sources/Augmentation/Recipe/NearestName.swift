/// Guesses what somebody meant by a name that is unknown.
enum NearestName {
    /// The known name that takes the fewest changes of letters, or nil where all are far.
    static func of(_ name: String, among known: [String]) -> String? {
        let wanted = Array(name.lowercased().prefix(64))
        let best = known.map { (name: $0, distance: distance(wanted, Array($0.lowercased()))) }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        guard let best, best.distance <= max(2, wanted.count / 3) else { return nil }
        return best.name
    }

    /// `; did you mean “…”?`, or all known names where none is near and they are few.
    static func hint(_ name: String, among known: [String]) -> String {
        if let near = of(name, among: known) { return "; did you mean “\(near)”?" }
        guard !known.isEmpty, known.count <= 16 else { return "" }
        return "; it is one of \(known.joined(separator: ", "))"
    }

    /// Letters to insert, drop or replace (Levenshtein 1966).
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var row = Array(0...right.count)
        for (y, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = y + 1
            for (x, other) in right.enumerated() {
                let replaced = diagonal + (letter == other ? 0 : 1)
                diagonal = row[x + 1]
                row[x + 1] = min(replaced, row[x] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
