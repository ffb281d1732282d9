import Postgres
import Testing

@Suite("The pool's decisions")
struct PoolStateTests {
    @Test("Waiters come up in order and cancelled ones are passed over")
    func line() {
        var pool = PoolState(size: 1, waiterLimit: 10)
        let admissions = (1...4).map { pool.acquire(waiter: $0) }
        #expect(admissions == [.lease(slot: 0), .wait, .wait, .wait])
        let cancels = [pool.cancel(waiter: 2), pool.cancel(waiter: 2)]
        #expect(cancels == [true, false])
        let first = pool.release(slot: 0)
        let late = pool.cancel(waiter: 3)
        let others = [pool.release(slot: 0), pool.release(slot: 0)]
        #expect(first == .hand(waiter: 3))
        #expect(!late)
        #expect(others == [.hand(waiter: 4), .keep])
        #expect(pool.leased == 0)
    }

    @Test("A long life of cancelled waiters leaves no trace in the line")
    func holes() {
        var pool = PoolState(size: 1, waiterLimit: 10)
        _ = pool.acquire(waiter: 0)
        for waiter in 1...1000 {
            _ = pool.acquire(waiter: waiter)
            if waiter % 2 == 0 { _ = pool.cancel(waiter: waiter) } else { _ = pool.release(slot: 0) }
        }
        #expect(pool.waiterCount == 0)
        let last = pool.release(slot: 0)
        #expect(last == .keep)
    }

    @Test("Closing refuses newcomers, names the waiters and asks for the last connection")
    func closing() {
        var pool = PoolState(size: 2, waiterLimit: 1)
        let admissions = (1...4).map { pool.acquire(waiter: $0) }
        #expect(admissions.suffix(2) == [.wait, .full])
        let (waiters, free) = pool.close()
        #expect(waiters == [3])
        #expect(free.isEmpty)
        let newcomer = pool.acquire(waiter: 5)
        #expect(newcomer == .closed)
        let releases = [pool.release(slot: 0), pool.release(slot: 1)]
        #expect(releases == [.close(isLast: false), .close(isLast: true)])
    }
}
