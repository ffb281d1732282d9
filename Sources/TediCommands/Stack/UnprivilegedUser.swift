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

    /// The user whose folder this is; nil if there is no such folder or it is root's.
    static func owner(of folder: String) -> UnprivilegedUser? {
        var status = stat()
        guard stat(folder, &status) == 0, status.st_uid != 0 else { return nil }
        guard let entry = getpwuid(status.st_uid) else {
            // Folders of containers and of other machines may belong to a number without a name.
            return UnprivilegedUser(name: "#\(status.st_uid)", user: status.st_uid, group: status.st_gid)
        }
        return UnprivilegedUser(
            name: String(cString: entry.pointee.pw_name), user: status.st_uid, group: entry.pointee.pw_gid)
    }

    /// Where this is root, becomes the user that the folder's stack runs as.
    ///
    /// Root may lack the right to look at the processes of others, whom it would then take for dead (ptrace(2)); and
    /// what it makes in the folder would be closed to the stack.
    static func becomeOwner(of folder: StateFolder) throws(CommandError) {
        guard geteuid() == 0, folder.hasStack, let owner = owner(of: folder.path) else { return }
        try owner.become()
    }

    /// Gives this folder to the user.
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
