import Glibc
import Synchronization

/// What is to happen at a failpoint, and when: `TEDI_FAILPOINT=name[:n][=action]`.
///
/// It happens the n-th time that the point is reached, from 1 (the default), and only then. Actions:
///
/// | action | meaning |
/// | --- | --- |
/// | `kill` | end the process at once, as a crash does (the default) |
/// | `stop` | stop the process until somebody sends SIGCONT |
/// | `error` | throw ``InjectedFault``, where an error can be thrown |
/// | `sleep` and a number | block the thread for so many milliseconds, such as `sleep500` |
///
/// Example: `TEDI_FAILPOINT=afterDispatchCommit:2=stop`
public final class FailpointPlan: Sendable {
    /// What happens.
    public enum Action: Hashable, Sendable {
        /// SIGKILL.
        case kill
        /// SIGSTOP.
        case stop
        /// ``InjectedFault``.
        case error
        /// A pause, in milliseconds: 1 to 3,600,000.
        case sleep(Int)
    }

    /// Where.
    public let point: Failpoint
    /// At which arrival, from 1.
    public let number: Int
    /// What.
    public let action: Action
    private let arrivals = Atomic(0)

    /// Reads a plan.
    /// - Throws: ``FailpointPlanError`` with what is wrong and what would do.
    public init(_ text: String) throws(FailpointPlanError) {
        let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let words = halves[0].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let point = Failpoint(rawValue: String(words[0])) else {
            let names = Failpoint.allCases.map(\.rawValue).joined(separator: ", ")
            throw FailpointPlanError("“\(words[0])” is no failpoint. Give one of \(names)")
        }
        guard let number = words.count > 1 ? Int(words[1]) : 1, number > 0 else {
            throw FailpointPlanError("“\(words[1])” is no number of arrivals. Give a whole number from 1")
        }
        let action = try Self.action(halves.count > 1 ? halves[1] : "kill")
        guard action != .error || point.canThrow else {
            throw FailpointPlanError("No error can be thrown at \(point.rawValue). Give kill, stop or sleep")
        }
        (self.point, self.number, self.action) = (point, number, action)
    }

    private static func action(_ word: Substring) throws(FailpointPlanError) -> Action {
        switch word {
        case "kill": return .kill
        case "stop": return .stop
        case "error": return .error
        default:
            guard word.hasPrefix("sleep"), let time = Int(word.dropFirst(5)), (1...3_600_000).contains(time) else {
                throw FailpointPlanError("“\(word)” is no action. Give kill, stop, error or sleep500 (milliseconds)")
            }
            return .sleep(time)
        }
    }

    /// The plan of this process; nil where `TEDI_FAILPOINT` is not set.
    ///
    /// A plan that cannot be read ends the process with exit code 2: a fault test that tests nothing must not pass.
    static let ofProcess: FailpointPlan? = {
        guard let text = getenv("TEDI_FAILPOINT").map({ String(cString: $0) }), !text.isEmpty else { return nil }
        do {
            return try FailpointPlan(text)
        } catch {
            say("TEDI_FAILPOINT: \(error)\n")
            exit(2)
        }
    }()

    /// Counts an arrival; what to do now, if anything.
    func next() -> Action? {
        arrivals.add(1, ordering: .relaxed).newValue == number ? action : nil
    }

    func arrive() {
        guard let action = next() else { return }
        act(action)
    }

    func arriveThrowing() throws(InjectedFault) {
        guard let action = next() else { return }
        guard action != .error else {
            Self.say("failpoint \(point.rawValue): \(action)\n")
            throw InjectedFault(point: point)
        }
        act(action)
    }

    private func act(_ action: Action) {
        Self.say("failpoint \(point.rawValue): \(action)\n")
        switch action {
        case .kill: kill(getpid(), SIGKILL)
        case .stop: kill(getpid(), SIGSTOP)
        case .error: break
        case .sleep(let milliseconds): usleep(UInt32(milliseconds) * 1_000)
        }
    }

    private static func say(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(2, bytes, bytes.count)
    }
}

/// A plan that cannot be read.
public struct FailpointPlanError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, and what would do.
    public let description: String

    init(_ description: String) { self.description = description }
}
