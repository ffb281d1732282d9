import Foundation
import Glibc
import Synchronization

/// Where a command writes and what it may know of its surroundings.
///
/// Results go to the output, everything for people's eyes only to the error stream. A command finds its console in
/// ``current``, so that tests run commands in-process and read what they wrote.
public final class Console: Sendable {
    /// One stream of text.
    public struct Stream: Sendable {
        /// Whether a person watches: allows colours and lines that are drawn again.
        public var isTerminal: Bool

        /// Takes text as it is.
        public var write: @Sendable (String) -> Void

        /// Makes a stream.
        public init(isTerminal: Bool, write: @escaping @Sendable (String) -> Void) {
            self.isTerminal = isTerminal
            self.write = write
        }
    }

    /// The console of the running command.
    @TaskLocal public static var current = Console.process

    /// Takes results.
    public let output: Stream

    /// Takes progress, notes and errors.
    public let errors: Stream

    /// The environment that the command goes by.
    public let environment: [String: String]

    private let width: @Sendable () -> Int
    private let hasProgressLine = Mutex(false)

    /// Makes a console.
    ///
    /// - Parameters:
    ///   - output: Takes results.
    ///   - errors: Takes progress, notes and errors.
    ///   - environment: The environment that the command goes by.
    ///   - width: Says how many columns the terminal has.
    public init(
        output: Stream, errors: Stream, environment: [String: String], width: @escaping @Sendable () -> Int = { 80 }
    ) {
        self.output = output
        self.errors = errors
        self.environment = environment
        self.width = width
    }

    /// Columns of the terminal, at least 20.
    var columns: Int { max(width(), 20) }

    /// Writes a line of results.
    func print(_ line: String) {
        clearProgress()
        output.write(line + "\n")
    }

    /// Writes a line for people.
    func note(_ line: String) {
        clearProgress()
        errors.write(line + "\n")
    }

    /// Draws the progress line again; does nothing where nobody watches.
    func progress(_ line: String) {
        guard errors.isTerminal else { return }
        hasProgressLine.withLock { $0 = true }
        errors.write("\r" + line + Self.clearToEnd)
    }

    /// Ends the progress line so that it stays on the screen.
    func keepProgress() {
        let had = hasProgressLine.withLock { has in
            defer { has = false }
            return has
        }
        if had { errors.write("\n") }
    }

    /// Wipes the progress line off the screen.
    func clearProgress() {
        let had = hasProgressLine.withLock { has in
            defer { has = false }
            return has
        }
        if had { errors.write("\r" + Self.clearToEnd) }
    }

    private static let clearToEnd = "\u{1B}[K"
}

extension Console {
    /// The console of the process: its standard streams and environment.
    public static let process = Console(
        output: .descriptor(STDOUT_FILENO), errors: .descriptor(STDERR_FILENO),
        environment: ProcessInfo.processInfo.environment,
        width: {
            var size = winsize()
            guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
            return Int(size.ws_col)
        })
}

extension Console.Stream {
    /// A stream of the process, unbuffered, so that lines of both streams keep their order.
    static func descriptor(_ descriptor: Int32) -> Self {
        Self(isTerminal: isatty(descriptor) == 1) { text in
            let failure = Descriptor.write(Array(text.utf8), to: descriptor)
            switch failure {
            case 0: return
            // The reader is gone, as in `tedi batch ls | head -1`: end as a process does that dies of SIGPIPE, which
            // the network library makes this one ignore.
            case EPIPE: exit(128 + SIGPIPE)
            // A result that is not there must not look like success. Of errors that cannot be told nobody can be told.
            default:
                guard descriptor == STDOUT_FILENO else { return }
                let line = "\ntedi: cannot write the output: \(String(cString: strerror(failure)))\n"
                _ = Descriptor.write(Array(line.utf8), to: STDERR_FILENO)
                exit(ExitStatus.failed.rawValue)
            }
        }
    }
}
