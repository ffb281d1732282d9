/// Why a worker stopped, or did not start.
package enum WorkerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The model cannot be made or used: wrong pack, lost device.
    case modelBroken(String)

    /// One sentence, and what to do.
    package var description: String {
        switch self {
        case .modelBroken(let message):
            "the model cannot be used: \(message)"
        }
    }
}
