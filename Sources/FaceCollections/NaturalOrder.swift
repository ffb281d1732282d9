/// A name cut into runs of digits and of other letters, so that `9` comes before `10`.
struct NaturalOrder: Comparable {
    private enum Run: Equatable {
        /// Digits without leading zeros.
        case digits(Substring.UTF8View.SubSequence)
        case letters(Substring.UTF8View.SubSequence)

        static func == (left: Run, right: Run) -> Bool {
            switch (left, right) {
            case (.digits(let left), .digits(let right)), (.letters(let left), .letters(let right)):
                left.elementsEqual(right)
            default: false
            }
        }

        static func precedes(_ left: Run, _ right: Run) -> Bool {
            switch (left, right) {
            case (.digits(let left), .digits(let right)):
                left.count != right.count ? left.count < right.count : left.lexicographicallyPrecedes(right)
            case (.letters(let left), .letters(let right)): left.lexicographicallyPrecedes(right)
            case (.digits, .letters): true
            case (.letters, .digits): false
            }
        }
    }

    private let name: String
    private let runs: [Run]

    init(_ name: String) {
        self.name = name
        var runs: [Run] = []
        var rest = name[...].utf8
        while let first = rest.first {
            let isDigit = Self.isDigit(first)
            let run = rest.prefix { Self.isDigit($0) == isDigit }
            rest = rest.dropFirst(run.count)
            runs.append(isDigit ? .digits(run.drop { $0 == UInt8(ascii: "0") }) : .letters(run))
        }
        self.runs = runs
    }

    static func < (left: NaturalOrder, right: NaturalOrder) -> Bool {
        for (mine, other) in zip(left.runs, right.runs) where mine != other { return Run.precedes(mine, other) }
        guard left.runs.count == right.runs.count else { return left.runs.count < right.runs.count }
        // Names that differ in leading zeros alone still need one order.
        return left.name < right.name
    }

    static func == (left: NaturalOrder, right: NaturalOrder) -> Bool { left.name == right.name }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
