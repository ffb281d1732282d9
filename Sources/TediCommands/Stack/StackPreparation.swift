import Foundation
import Glibc

/// What has to be right before a stack can be started: programs, folder, user.
struct StackPreparation: Sendable {
    let folder: StateFolder
    let environment: [String: String]

    /// Finds and checks everything; afterwards this process is no longer root.
    func start(_ options: StackOptions) throws(CommandError) -> StackStart {
        let coordinator = try Executables.require("tedi-coordinator", environment: environment)
        let worker = try Executables.require("tedi-worker", environment: environment)
        let stack = Stack(folder, environment: environment)
        // Asked while this may still be root, who alone sees the processes and the closed folders of others.
        let named = try PackFolder.named(flag: options.pack, environment: environment)
        let usual: Result<PackFolder, CommandError>
        do throws(CommandError) {
            usual = .success(try PackFolder.usual())
        } catch {
            usual = .failure(error)
        }
        if let port = options.port, stack.coordinator == nil { try Ports.requireFree(port) }
        try prepareFolder()
        for program in [coordinator, worker] { try Reach.require(program, .execute) }
        return StackStart(
            stack: stack, options: options, namedPack: named, usualPack: usual, coordinatorProgram: coordinator,
            workerProgram: worker)
    }

    // MARK: Folder

    private func prepareFolder() throws(CommandError) {
        if geteuid() == 0 {
            let user = try chooseUser()
            if let obstacle = user.obstacle(to: folder.path) { throw Self.unusable(obstacle) }
            // Root can make the folder anywhere, the user only inside it.
            try claim(for: user)
            try user.become()
        } else {
            try make(folder.path)
        }
        if let obstacle = Reach.obstacle(to: folder.path, .write, user: Reach.userName) {
            throw Self.unusable(obstacle)
        }
        for part in [folder.logs, folder.processes, folder.artifacts] { try make(part) }
        // Daemons inherit the working folder; the caller's may be closed to the new user, or want to be unmounted.
        guard chdir(folder.path) == 0 else {
            throw .failed("cannot enter \(folder.path): \(String(cString: strerror(errno)))")
        }
    }

    /// The user that `TEDI_USER` names, that the stack ran as before, or the first of the usual ones.
    private func chooseUser() throws(CommandError) -> UnprivilegedUser {
        if environment["TEDI_USER", default: ""].isEmpty, folder.hasStack,
            let owner = UnprivilegedUser.owner(of: folder.path)
        {
            return owner
        }
        return try UnprivilegedUser.choose(environment: environment)
    }

    /// Makes the folder and gives it to the user; takes nothing away from others: a folder that holds their files is
    /// refused.
    private func claim(for user: UnprivilegedUser) throws(CommandError) {
        var status = stat()
        let isThere = stat(folder.path, &status) == 0
        try make(folder.path)
        guard !isThere || status.st_uid != user.user else { return }
        let isEmpty = (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.isEmpty ?? false
        guard !isThere || isEmpty || StackNote.read(from: folder) != nil else {
            throw .failed(
                "the state folder \(folder.path) holds other files and does not belong to \(user.name), the user that "
                    + "the stack would run as",
                remedy:
                    "Name a new or an empty folder with --state, or give this one away first: "
                    + "chown \(user.name) \(folder.path)")
        }
        try user.own(folder.path)
    }

    private static func unusable(_ obstacle: String) -> CommandError {
        .failed(
            "the state folder cannot be used: \(obstacle)",
            remedy: "Choose another with --state, for example below /var/lib, or open the folders above (chmod o+x).")
    }

    private func make(_ path: String) throws(CommandError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        } catch {
            throw .failed(
                "cannot make the folder \(path): \(error.localizedDescription)",
                remedy: "Choose a folder that you may write to with --state or TEDI_STATE.")
        }
    }
}
