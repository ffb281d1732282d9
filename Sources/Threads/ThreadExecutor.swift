import Dispatch
import Foundation
import Glibc
import Synchronization

/// A serial executor that owns one named thread.
///
/// Calls into C libraries block: a database driver waits on its socket, a model computes for seconds. Run on the
/// cooperative pool they would starve every other task, so an actor that wraps such a handle names one of these as its
/// `unownedExecutor` and everything isolated to it runs on this thread, in order. A task that makes many small calls
/// can prefer the executor (`withTaskExecutorPreference`) and so avoid a thread switch per call.
///
/// The thread starts with the first job and ends, after the jobs already queued, when the executor is released.
public final class ThreadExecutor: SerialExecutor, TaskExecutor {
    /// Name of the thread as tools such as `ps` and `perf` show it; Linux keeps the first 15 bytes.
    public let name: String
    private let queue: JobQueue

    /// Makes an executor; no thread exists before the first job.
    /// - Parameters:
    ///   - name: Name of the thread.
    ///   - stackSize: Bytes of stack, at least 64 KiB.
    ///   - niceness: How far it stands back where the cores are busy, 0 to 19: for work that nobody waits for.
    public init(name: String, stackSize: Int = 1 << 20, niceness: Int = 0) {
        self.name = name
        self.queue = JobQueue(name: name, stackSize: max(stackSize, 64 << 10), niceness: niceness)
    }

    deinit {
        queue.finish()
    }

    /// Queues one job; called by the Swift runtime.
    public func enqueue(_ job: consuming ExecutorJob) {
        queue.append(UnownedJob(job), for: self)
    }

    /// The executor as the runtime holds it.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }
}

/// The jobs of one executor and the thread that runs them.
///
/// The thread owns the queue and not the executor, so that the executor can go away and end the thread.
private final class JobQueue: Sendable {
    private struct State {
        var jobs: [UnownedJob] = []
        /// Keeps the executor alive while jobs refer to it: a job may drop the last reference to its own actor.
        var executor: ThreadExecutor?
        var isStarted = false
        var isAsleep = false
        var isFinished = false
    }

    private let name: String
    private let stackSize: Int
    private let niceness: Int
    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)

    init(name: String, stackSize: Int, niceness: Int) {
        self.name = name
        self.stackSize = stackSize
        self.niceness = niceness
    }

    func append(_ job: UnownedJob, for executor: ThreadExecutor) {
        let (mustStart, mustWake) = state.withLock { state in
            state.jobs.append(job)
            state.executor = executor
            defer {
                state.isStarted = true
                state.isAsleep = false
            }
            return (!state.isStarted, state.isAsleep)
        }
        if mustStart { start() }
        if mustWake { wake.signal() }
    }

    func finish() {
        let mustWake = state.withLock { state in
            state.isFinished = true
            defer { state.isAsleep = false }
            return state.isAsleep
        }
        if mustWake { wake.signal() }
    }

    private func start() {
        let thread = Thread { [self] in run() }
        thread.stackSize = stackSize
        thread.start()
    }

    private func run() {
        // Foundation sets a name only once the starter has noted the new thread, which may be too late.
        if let file = fopen("/proc/thread-self/comm", "w") {
            fputs(String(name.prefix(15)), file)
            fclose(file)
        }
        // On Linux it is the thread's own; the process may have been started with some already.
        if niceness > 0 { nice(CInt(niceness)) }
        // A C library that writes to a socket its peer has closed must see EPIPE, not end the process.
        var blocked = sigset_t()
        sigemptyset(&blocked)
        sigaddset(&blocked, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &blocked, nil)
        while runBatch() {}
    }

    /// Runs the jobs that wait, or sleeps until there are some; false when the executor is gone.
    private func runBatch() -> Bool {
        let (jobs, executor, isFinished) = state.withLock { state in
            state.isAsleep = state.jobs.isEmpty && !state.isFinished
            defer {
                state.jobs = []
                state.executor = nil
            }
            return (state.jobs, state.executor, state.isFinished)
        }
        guard let executor else {
            if isFinished { return false }
            wake.wait()
            return true
        }
        for job in jobs {
            job.runSynchronously(
                isolatedTo: executor.asUnownedSerialExecutor(), taskExecutor: executor.asUnownedTaskExecutor())
        }
        return true
    }
}
