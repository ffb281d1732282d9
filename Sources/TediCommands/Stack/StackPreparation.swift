import Foundation
import Glibc

/// What has to be right before a stack can be started: programs, pack, folder, user.
struct StackPreparation: Sendable {
    let folder: StateFolder
    let environment: [String: String]

    /// Finds and checks everything; afterwards this process is no longer root.
    func start(_ options: StackOptions) async throws(CommandError) -> StackStart {
        let coordinator = try Executables.require("tedi-coordinator", environment: environment)
        let worker = try Executables.require("tedi-worker", environment: environment)
        let stack = Stack(folder, environment: environment)
        let pack = try choosePack(options, stack: stack)
        // Asked while this may still be root, who alone sees the processes of others.
        if let port = options.port, stack.coordinator == nil { try Ports.requireFree(port) }
        try prepareFolder()
        for program in [coordinator, worker] { try check(program, .execute) }
        try check("\(pack.path)/pack.json", .read)
        return StackStart(
            stack: stack, options: options, pack: pack, coordinatorProgram: coordinator, workerProgram: worker)
    }

    /// The pack that was asked for, that running workers have, or that is found.
    private func choosePack(_ options: StackOptions, stack: Stack) throws(CommandError) -> PackFolder {
        let asked = options.pack ?? environment["TEDI_PACK"].flatMap { $0.isEmpty ? nil : $0 }
        guard let note = StackNote.read(from: folder), !stack.workers.isEmpty else {
            return try PackFolder.locate(flag: options.pack, environment: environment)
        }
        var named: PackFolder?
        if asked != nil { named = try PackFolder.locate(flag: options.pack, environment: environment) }
        try options.checkAgainstRunning(note, pack: named)
        if let named { return named }
        return try PackFolder(note.pack, source: "the pack of the running workers")
    }

    private func prepareFolder() throws(CommandError) {
        if geteuid() == 0 {
            let user = try UnprivilegedUser.choose(environment: environment)
            if let obstacle = user.obstacle(to: folder.path) { throw Self.unusable(obstacle) }
            // Root can make the folder anywhere, the user only inside it.
            try make(folder.path)
            try user.own(folder.path)
            try user.become()
        } else {
            try make(folder.path)
        }
        if let obstacle = Reach.obstacle(to: folder.path, .write, user: Self.userName) {
            throw Self.unusable(obstacle)
        }
        for part in [folder.logs, folder.processes, folder.artifacts] { try make(part) }
        // Daemons inherit the working folder; the caller's may be closed to the new user, or want to be unmounted.
        guard chdir(folder.path) == 0 else {
            throw .failed("cannot enter \(folder.path): \(String(cString: strerror(errno)))")
        }
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

    private func check(_ path: String, _ need: Reach.Need) throws(CommandError) {
        guard let obstacle = Reach.obstacle(to: path, need, user: Self.userName) else { return }
        throw .failed(
            "the stack runs as the user \(Self.userName), who cannot use \(path): \(obstacle)",
            remedy: "Open the folder (chmod o+x), or keep the programs elsewhere, for example below /opt.")
    }

    private static var userName: String {
        getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "\(geteuid())"
    }

    // MARK: Lock

    /// Waits until no other `tedi up` works on the folder.
    func lock() async throws -> StackLock {
        let descriptor = open(folder.lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw CommandError.failed(
                "cannot write \(folder.lock): \(String(cString: strerror(errno)))",
                remedy: "Check the disk and the owner of the state folder.")
        }
        let deadline = ContinuousClock.now + Stack.startLimit
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            Console.current.progress("waiting for another tedi up …")
            guard ContinuousClock.now < deadline else {
                close(descriptor)
                throw CommandError(.timeout, "another tedi up is working on \(folder.path) and does not end")
            }
            do {
                try await Task.sleep(for: .milliseconds(50))
            } catch {
                close(descriptor)
                throw error
            }
        }
        return StackLock(descriptor: descriptor)
    }
}

/// The right to change a stack, held until it is released or the process ends.
struct StackLock: Sendable {
    let descriptor: CInt

    func release() { close(descriptor) }
}
