import Glibc

/// A bare TCP connection to the loopback, which sends whatever bytes a test wants to; every call blocks.
final class RawConnection: Sendable {
    struct Failure: Error {
        var call: String
        var code: CInt
    }

    fileprivate let descriptor: CInt

    /// Connects.
    /// - Parameter timeout: Seconds that a call may block.
    init(port: UInt16, timeout: Int = 30) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(call: "socket", code: errno) }
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw Failure(call: "connect", code: code)
        }
    }

    deinit { close(descriptor) }

    /// Sends everything; false where the other end has closed.
    @discardableResult
    func send(_ bytes: some Collection<UInt8>) -> Bool {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// What comes next, at most 64 KiB; empty at the end of the connection, nil when nothing comes in time.
    func receive() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { return errno == EAGAIN || errno == EINTR ? nil : [] }
        return Array(buffer[..<count])
    }

    /// Everything until the other end closes; nil when it does not in time.
    func receiveAll() -> String? {
        var all: [UInt8] = []
        while let piece = receive() {
            if piece.isEmpty { return String(decoding: all, as: UTF8.self) }
            all += piece
            if all.count > 64 << 20 { return nil }
        }
        return nil
    }

    /// Whether the other end has closed, without waiting.
    var isClosed: Bool {
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, CInt(MSG_PEEK | MSG_DONTWAIT))
        return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)
    }

    /// One request with `Connection: close`: the whole answer.
    static func request(_ text: String, body: [UInt8] = [], port: UInt16, timeout: Int = 30) throws -> String {
        let connection = try RawConnection(port: port, timeout: timeout)
        connection.send(Array(text.utf8) + body)
        guard let answer = connection.receiveAll() else { throw Failure(call: "recv", code: EAGAIN) }
        return answer
    }
}

extension RawConnection {
    /// Whether the end of the connection can be read already, whatever came before it.
    var isFinished: Bool {
        while true {
            guard !isClosed else { return true }
            guard let piece = receiveWithoutWaiting() else { return false }
            if piece == 0 { return true }
        }
    }

    private func receiveWithoutWaiting() -> Int? {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &buffer, buffer.count, CInt(MSG_DONTWAIT))
        return count >= 0 ? count : errno == EAGAIN ? nil : 0
    }
}

extension RawConnection {
    /// What has come already; nil when there is nothing.
    func receiveIfThere() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &buffer, buffer.count, CInt(MSG_DONTWAIT))
        return count > 0 ? Array(buffer[..<count]) : nil
    }
}
