import Glibc

/// A wait of one thread that another can end early.
///
/// It lasts by the monotonic clock. `DispatchSemaphore.wait(timeout:)` would not do: on Linux it turns the time-out into
/// a moment of the wall clock, so that somebody who sets the clock back by an hour makes it wait an hour longer.
///
/// Unchecked because the objects of pthread are raw memory; they are made for many threads, and `hasEnded` is read and
/// written under `mutex` alone.
public final class Pause: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var hasEnded = false

    /// Makes one that has not ended.
    public init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Blocks the calling thread until the time is over or ``end()`` was called.
    /// - Parameter duration: How long at most; nothing or less returns at once.
    /// - Returns: Whether ``end()`` was called.
    @discardableResult
    public func wait(_ duration: Duration) -> Bool {
        var deadline = timespec()
        clock_gettime(CLOCK_MONOTONIC, &deadline)
        let (seconds, attoseconds) = max(.zero, duration).components
        let nanoseconds = deadline.tv_nsec + Int(attoseconds / 1_000_000_000)
        deadline.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !hasEnded, pthread_cond_timedwait(condition, mutex, &deadline) == 0 {}
        return hasEnded
    }

    /// Whether ``end()`` was called.
    public var isEnded: Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return hasEnded
    }

    /// Ends the wait that is under way, and every later one before it begins.
    public func end() {
        pthread_mutex_lock(mutex)
        hasEnded = true
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }
}
