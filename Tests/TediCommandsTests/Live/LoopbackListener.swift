import Foundation
import Glibc
import LiveSystems

/// A socket that listens on a free port of the loopback, and a thread that accepts.
struct LoopbackListener: Sendable {
    let port: UInt16
    private let descriptor: CInt

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.address(port: 0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard isBound else { throw LiveError("nothing listens on the loopback") }
        (self.descriptor, port) = (descriptor, UInt16(bigEndian: address.sin_port))
    }

    /// Hands every connection to `serve`, on a thread that ends with ``close()``.
    func accept(_ serve: @escaping @Sendable (CInt) -> Void) {
        Thread.detachNewThread { [descriptor] in
            while true {
                let client = Glibc.accept(descriptor, nil, nil)
                guard client >= 0 else { break }
                serve(client)
            }
            Glibc.close(descriptor)
        }
    }

    func close() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// An address of the loopback.
    static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(INADDR_LOOPBACK).bigEndian)
        return address
    }
}
