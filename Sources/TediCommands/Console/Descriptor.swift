import Glibc

/// Writes to open files.
package enum Descriptor {
    /// Writes all bytes, waiting for a reader that is slow.
    ///
    /// - Returns: 0, or the error number of what keeps the rest from being written.
    package static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard written <= 0 else {
                rest = rest.dropFirst(written)
                continue
            }
            // Nothing written and no error is none that write(2) knows; going on could go on for ever.
            let failure = written < 0 ? errno : EIO
            switch failure {
            case EINTR: continue
            // Whoever shares the descriptor may have made it non-blocking.
            case EAGAIN:
                var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&poller, 1, -1)
            default: return failure
            }
        }
        return 0
    }
}
