import Glibc

/// The user that a private stack runs as when root starts it.
struct UnprivilegedUser: Equatable {
    let name: String
    let user: uid_t
    let group: gid_t

    /// The user that `TEDI_USER` names, or the first of the usual ones that exists.
    static func choose(environment: [String: String]) throws(CommandError) -> UnprivilegedUser {
        let asked = environment["TEDI_USER"].flatMap { $0.isEmpty ? nil : $0 }
        for name in asked.map({ [$0] }) ?? ["tedi", "postgres", "nobody"] {
            guard let entry = getpwnam(name) else { continue }
            guard entry.pointee.pw_uid != 0 else { break }
            return UnprivilegedUser(name: name, user: entry.pointee.pw_uid, group: entry.pointee.pw_gid)
        }
        guard let asked else {
            throw .failed(
                "there is no unprivileged user to run the stack as", remedy: "Make one: adduser --system tedi")
        }
        throw .badInput(
            "TEDI_USER is “\(asked.prefix(40))”, which is no unprivileged user of this machine",
            remedy: "Name another, or make it: adduser --system \(asked.prefix(40))")
    }

    /// Gives this folder, which root has made, to the user.
    func own(_ folder: String) throws(CommandError) {
        guard chown(folder, user, group) == 0 else {
            throw .failed("cannot give \(folder) to \(name): \(String(cString: strerror(errno)))")
        }
    }

    /// The folder above a path, if there is one, that does not let this user pass.
    func obstacle(to path: String) -> String? {
        var folder = ""
        for part in path.split(separator: "/").dropLast() {
            folder += "/" + part
            var status = stat()
            guard stat(folder, &status) == 0 else { return nil }
            let bit = status.st_uid == user ? S_IXUSR : status.st_gid == group ? S_IXGRP : S_IXOTH
            if status.st_mode & bit == 0 { return "\(folder) is closed to the user \(name)" }
        }
        return nil
    }

    /// Becomes this user, for good: servers must never run as root, and a file made as root would be closed to them.
    ///
    /// The C library changes the identity of every thread of the process.
    func become() throws(CommandError) {
        guard initgroups(name, group) == 0, setgid(group) == 0, setuid(user) == 0, geteuid() == user else {
            throw .failed("cannot become the user \(name): \(String(cString: strerror(errno)))")
        }
    }
}

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
}
