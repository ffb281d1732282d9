import Foundation
import Glibc
import Synchronization

/// Hands bytes on between a client and a server, and cuts a connection after so many bytes, a given number of times.
final class CuttingProxy: Sendable {
    private let listener: LoopbackListener
    private let upstream: UInt16
    private let budget: Int
    private let cutsLeft: Mutex<Int>

    /// Connections that were cut.
    var cuts: Int { total - cutsLeft.withLock { max($0, 0) } }
    private let total: Int

    init(to upstream: UInt16, cutAfter budget: Int, times: Int) throws {
        listener = try LoopbackListener()
        self.upstream = upstream
        self.budget = budget
        total = times
        cutsLeft = Mutex(times)
        listener.accept { [self] in connectUpstream($0) }
    }

    var port: UInt16 { listener.port }

    func close() { listener.close() }

    private func connectUpstream(_ client: CInt) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = LoopbackListener.address(port: upstream)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else {
            Glibc.close(client)
            return
        }
        Thread.detachNewThread { [self] in hand(from: client, to: server, counts: true) }
        Thread.detachNewThread { [self] in hand(from: server, to: client, counts: false) }
    }

    private func hand(from source: CInt, to target: CInt, counts: Bool) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        var sent = 0
        while true {
            let count = read(source, &buffer, buffer.count)
            guard count > 0, send(target, buffer, count, Int32(MSG_NOSIGNAL)) == count else { break }
            sent += count
            guard !counts || sent < budget || !mayCut() else { break }
        }
        shutdown(source, Int32(SHUT_RDWR))
        shutdown(target, Int32(SHUT_RDWR))
        // The other direction may still use the descriptors; they end with the process, which makes few of them.
    }

    private func mayCut() -> Bool {
        cutsLeft.withLock { left in
            left -= 1
            return left >= 0
        }
    }
}
