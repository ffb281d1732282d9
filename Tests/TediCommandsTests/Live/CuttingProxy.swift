import Foundation
import Glibc
import Synchronization

/// Hands bytes on between a client and a server, and cuts a connection after so many bytes, a given number of times.
final class CuttingProxy: Sendable {
    let port: UInt16
    private let listener: CInt
    private let upstream: UInt16
    private let budget: Int
    private let cutsLeft: Mutex<Int>

    /// Connections that were cut.
    var cuts: Int { total - cutsLeft.withLock { max($0, 0) } }
    private let total: Int

    init(to upstream: UInt16, cutAfter budget: Int, times: Int) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isBound else { throw LiveError("the proxy cannot listen") }
        port = UInt16(bigEndian: address.sin_port)
        self.listener = listener
        self.upstream = upstream
        self.budget = budget
        total = times
        cutsLeft = Mutex(times)
        Thread.detachNewThread { [self] in acceptAll() }
    }

    func close() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func acceptAll() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { break }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = Self.loopback(upstream)
            let isConnected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            guard isConnected else {
                Glibc.close(client)
                continue
            }
            Thread.detachNewThread { [self] in hand(from: client, to: server, counts: true) }
            Thread.detachNewThread { [self] in hand(from: server, to: client, counts: false) }
        }
        Glibc.close(listener)
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

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(INADDR_LOOPBACK).bigEndian)
        return address
    }
}
