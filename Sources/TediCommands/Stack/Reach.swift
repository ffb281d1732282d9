import Glibc

/// Finds out what keeps this process from a file.
enum Reach {
    enum Need: Int32 {
        case read = 4
        case execute = 1
        /// A folder that files can be made in.
        case write = 3
    }

    /// Nil if the file can be used; else a sentence with the folder above it that is closed, or the file itself.
    static func obstacle(to path: String, _ need: Need, user: String) -> String? {
        guard access(path, need.rawValue) != 0 else { return nil }
        let reason = errno
        guard reason == EACCES else { return "\(path): \(String(cString: strerror(reason)))" }
        var folder = "/"
        for part in path.split(separator: "/").dropLast() {
            folder += (folder == "/" ? "" : "/") + part
            if access(folder, X_OK) != 0 { return "\(folder) is closed to the user \(user)" }
        }
        return "\(path) is closed to the user \(user)"
    }

    /// Refuses a file that the user of the stack, who this process is by now, cannot use.
    static func require(_ path: String, _ need: Need) throws(CommandError) {
        guard let obstacle = obstacle(to: path, need, user: userName) else { return }
        throw .failed(
            "the stack runs as the user \(userName), who cannot use \(path): \(obstacle)",
            remedy: "Open the folder (chmod o+x), or keep the programs elsewhere, for example below /opt.")
    }

    /// Name of the user that this process runs as.
    static var userName: String {
        getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "\(geteuid())"
    }
}
