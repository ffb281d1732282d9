import Glibc

/// The number of files and connections that this process may have open.
enum FileDescriptors {
    /// Descriptors that are not for clients: PostgreSQL, Redis, artifacts, logs.
    static let reserve = 256
    /// More are never asked for; a hard limit may be a billion.
    private static let most: rlim_t = 1 << 20

    /// Raises the soft limit to the hard one; shells start programs with 1,024 though far more are allowed.
    ///
    /// - Returns: The limit that holds now.
    @discardableResult
    static func raiseLimit() -> Int {
        var limits = rlimit()
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(kind, &limits) == 0 else { return 1_024 }
        let wanted = min(limits.rlim_max, most)
        if limits.rlim_cur < wanted {
            var raised = limits
            raised.rlim_cur = wanted
            if setrlimit(kind, &raised) == 0 { limits = raised }
        }
        return Int(min(limits.rlim_cur, most))
    }

    /// Connections of clients that a limit of descriptors leaves room for, at most `wanted`.
    static func connections(_ wanted: Int, within limit: Int) -> Int {
        max(16, min(wanted, limit - reserve))
    }
}
