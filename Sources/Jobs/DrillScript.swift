/// What a drill does: a fire drill for the queue, whose jobs wait, make steps, fail or take their worker down on demand.
///
/// It is written as words with spaces between, in the place of a caption:
///
/// | word | meaning |
/// | --- | --- |
/// | `noop` | store nothing; otherwise a small picture drawn from the seed is stored |
/// | `ms=200` | time of the job, or of each step; 0 to 3,600,000 |
/// | `steps=10` | make steps, each reported as progress; 1 to 1,000,000 |
/// | `checkpoint=5` | save a checkpoint every so many steps |
/// | `fail=2` | the first two attempts fail |
/// | `retry_after=500` | and ask for another attempt after so many milliseconds |
/// | `refuse` | fail for good |
/// | `crash=1` | end the worker's process as long as the job has cost fewer workers than that |
/// | `hang=1` | the first attempt never comes to an end |
/// | `memory=64` | hold so many MiB meanwhile; up to 65,536 |
public struct DrillScript: Hashable, Sendable {
    /// Whether nothing is stored.
    public var isNoop = false
    /// Time of the job, or of each step.
    public var time = Duration.zero
    /// Steps; 0 for a job without.
    public var steps = 0
    /// Steps between two checkpoints; 0 for none.
    public var checkpointInterval = 0
    /// Attempts that fail.
    public var failures = 0
    /// Wait that a failed attempt asks for.
    public var retryAfter: Duration?
    /// Whether it fails for good.
    public var isRefused = false
    /// Workers that it takes down.
    public var crashes = 0
    /// Attempts that hang.
    public var hangs = 0
    /// Memory that it holds, in bytes.
    public var memory = 0

    /// Reads a script.
    public init(_ text: String) throws(RequestError) {
        for word in text.split(whereSeparator: \.isWhitespace) {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            try read(String(parts[0]), parts.count > 1 ? String(parts[1]) : nil)
        }
    }

    private mutating func read(_ name: String, _ value: String?) throws(RequestError) {
        func number(_ range: ClosedRange<Int>) throws(RequestError) -> Int {
            guard let value, let number = Int(value), range.contains(number) else {
                throw RequestError(
                    "“\(ItemError.readable(name))” of a drill needs a whole number from \(range.lowerBound) to "
                        + "\(range.upperBound), such as \(name)=\(range.lowerBound)")
            }
            return number
        }
        switch name {
        case "noop": isNoop = true
        case "refuse": isRefused = true
        case "ms": time = .milliseconds(try number(0...3_600_000))
        case "steps": steps = try number(1...1_000_000)
        case "checkpoint": checkpointInterval = try number(1...1_000_000)
        case "fail": failures = try number(1...100)
        case "retry_after": retryAfter = .milliseconds(try number(0...86_400_000))
        case "crash": crashes = try number(1...100)
        case "hang": hangs = try number(1...100)
        case "memory": memory = try number(1...65_536) << 20
        default:
            throw RequestError(
                "“\(ItemError.readable(name))” is no word of a drill; the words are noop, ms, steps, checkpoint, fail, "
                    + "retry_after, refuse, crash, hang and memory")
        }
    }
}
