public import Dispatch
import Glibc
import Synchronization

/// Set by SIGTERM or SIGINT; a training loop looks at it between steps, saves and ends.
///
/// A second signal ends the process at once: the last checkpoint on disk is whole, since files are renamed into place.
public final class StopSignal: Sendable {
    private let flag = Atomic<Bool>(false)

    /// A signal that is not yet given.
    public init() {}

    /// True once the process was asked to stop.
    public var isRaised: Bool { flag.load(ordering: .relaxed) }

    /// Ends long work between two checkpoints that was asked to stop.
    ///
    /// - Throws: ``Raised`` once the process was asked to stop.
    public func check() throws(Raised) {
        if isRaised { throw Raised() }
    }

    /// Work was left because the process was asked to stop.
    public struct Raised: Error, Equatable {}

    /// Asks to stop, as a signal would.
    public func raise() {
        flag.store(true, ordering: .relaxed)
    }

    /// Listens for SIGTERM and SIGINT for as long as the returned sources live.
    public func listen() -> [any DispatchSourceSignal] {
        [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [self] in
                guard !isRaised else {
                    signal(number, SIG_DFL)
                    kill(getpid(), number)
                    return
                }
                raise()
            }
            source.resume()
            return source
        }
    }
}
