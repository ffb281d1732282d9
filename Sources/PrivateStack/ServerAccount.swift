import Foundation
import Glibc

/// The user a server runs as: oneself, or an unprivileged one if oneself is root.
struct ServerAccount: Sendable {
    var name: String
    var user: uid_t
    var group: gid_t
    /// Words that start a program as this user; empty if that is oneself.
    var prefix: [String]

    /// Chooses the first of these users that exists, if one is root.
    /// - Throws: `PrivateStackError` if none exists or `setpriv` is missing.
    static func choose(_ candidates: [String]) throws(PrivateStackError) -> ServerAccount {
        guard geteuid() == 0 else {
            return ServerAccount(name: NSUserName(), user: geteuid(), group: getegid(), prefix: [])
        }
        let setpriv = try Programs.require("setpriv", package: "util-linux")
        for name in candidates {
            guard let entry = getpwnam(name) else { continue }
            return ServerAccount(
                name: name, user: entry.pointee.pw_uid, group: entry.pointee.pw_gid,
                prefix: [setpriv, "--reuid=\(name)", "--regid=\(entry.pointee.pw_gid)", "--init-groups"])
        }
        throw PrivateStackError(
            .start, "none of the users \(candidates.joined(separator: ", ")) exists to run the server as",
            remedy: "servers never run as root; create one with adduser --system \(candidates[0])")
    }

    var isOneself: Bool { prefix.isEmpty }

    /// The words that start a server as this user, in a session of its own, in a folder that it can enter.
    func launch(
        _ command: [String], in folder: String, options: PrivateServerOptions, onDeath signal: String
    ) throws(PrivateStackError) -> [String] {
        var words = [try Programs.require("env", package: "coreutils"), "--chdir=\(folder)"] + options.wrapper
        words.append(try Programs.require("setsid", package: "util-linux"))
        switch (options.lifetime, isOneself) {
        case (.detached, _): words += prefix
        // The kernel clears the death signal when the user changes, so setpriv sets it after that.
        case (.boundToStarter, false): words += prefix + ["--pdeathsig=\(signal)"]
        case (.boundToStarter, true):
            words += [try Programs.require("setpriv", package: "util-linux"), "--pdeathsig=\(signal)"]
        }
        return words + command
    }

    /// True if this user may pass through a folder, by its owner, group and mode.
    func canEnter(_ folder: String) -> Bool {
        var status = stat()
        guard stat(folder, &status) == 0 else { return true }
        if status.st_uid == user { return status.st_mode & S_IXUSR != 0 }
        if status.st_gid == group { return status.st_mode & S_IXGRP != 0 }
        return status.st_mode & S_IXOTH != 0
    }
}
