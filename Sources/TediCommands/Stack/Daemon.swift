import Foundation
package import Glibc

/// A process that `tedi up` has started and left running.
package struct Daemon: Codable, Equatable, Sendable {
    let name: String
    package let pid: pid_t
    /// Clock ticks from boot to the start of the process: tells it from a later one with the same number.
    package let startTicks: UInt64

    /// Whether the process still runs.
    package var isAlive: Bool {
        var status: CInt = 0
        // If it is a child of ours that has ended, take leave of it.
        if waitpid(pid, &status, WNOHANG) == pid { return false }
        return Self.startTicks(of: pid) == startTicks
    }

    /// Whether the process runs another program than this, or one that was built anew since its start.
    package func isOutdated(program: String) -> Bool {
        // The link of a program whose file was replaced ends in “ (deleted)”, and so differs as well.
        let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")
        return link.map { $0 != URL(fileURLWithPath: program).resolvingSymlinksInPath().path } ?? false
    }

    /// Start of a live process; nil if there is none.
    static func startTicks(of pid: pid_t) -> UInt64? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
        // The name in parentheses may hold anything; what follows the last one has fixed places (proc(5)).
        let text = String(decoding: data, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
        return UInt64(fields[19])
    }

    // MARK: Records

    /// The daemon of that name in a folder of records; nil if none was noted or it has ended.
    package static func running(_ name: String, in folder: String) -> Daemon? {
        guard let data = FileManager.default.contents(atPath: "\(folder)/\(name).json"), data.count < 4096,
            let daemon = try? JSONDecoder().decode(Daemon.self, from: data), daemon.pid > 1, daemon.isAlive
        else { return nil }
        return daemon
    }

    /// Writes the record by which later commands find the process.
    func note(in folder: String) throws(CommandError) {
        do {
            try JSONEncoder().encode(self).write(
                to: URL(fileURLWithPath: "\(folder)/\(name).json"), options: .atomic)
        } catch {
            throw .failed("cannot note \(name) in \(folder): \(error.localizedDescription)")
        }
    }

    /// All daemons that run, by name.
    static func allRunning(in folder: String) -> [Daemon] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".json") }.sorted { ($0.count, $0) < ($1.count, $1) }
            .compactMap { running(String($0.dropLast(5)), in: folder) }
    }

    // MARK: Life

    /// Starts a program in a session of its own, in the working folder of this process, its output appended to a log.
    ///
    /// - Parameters:
    ///   - name: Name of the record.
    ///   - command: Path of the program and its arguments; no shell reads them.
    ///   - environment: The whole environment of the process.
    ///   - folder: State folder.
    package static func start(
        _ name: String, _ command: [String], environment: [String: String], in folder: StateFolder
    ) throws(CommandError) -> Daemon {
        let log = open("\(folder.logs)/\(name).log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard log >= 0 else {
            throw .failed(
                "cannot write \(folder.logs)/\(name).log: \(String(cString: strerror(errno)))",
                remedy: "Check the disk and the owner of the state folder.")
        }
        defer { close(log) }
        let pid = try spawn(command, environment: environment, log: log)
        // A process that has ended already gets a start that none has; whoever waits for it will notice.
        let daemon = Daemon(name: name, pid: pid, startTicks: startTicks(of: pid) ?? 0)
        do throws(CommandError) {
            try daemon.note(in: folder.processes)
        } catch {
            // A process that nobody knows of could never be stopped by `tedi down`.
            kill(pid, SIGTERM)
            throw error
        }
        return daemon
    }

    /// Asks the process to finish what it is doing and end; ends it the hard way when patience is over.
    ///
    /// - Returns: False if it had to be killed.
    package func stop(patience: Duration) async throws(CommandError) -> Bool {
        for (signal, limit) in [(SIGTERM, patience), (SIGKILL, .seconds(10))] {
            guard kill(pid, signal) == 0 || errno == ESRCH else {
                throw .failed(
                    "cannot stop \(name) (process \(pid)): \(String(cString: strerror(errno)))",
                    remedy: "Run tedi down as the user that ran tedi up.")
            }
            if await hasEnded(within: limit) { return signal == SIGTERM }
        }
        throw .failed("\(name) (process \(pid)) does not end", remedy: "Look at it with: ps -p \(pid)")
    }

    private func hasEnded(within limit: Duration) async -> Bool {
        let deadline = ContinuousClock.now + limit
        while isAlive {
            guard ContinuousClock.now < deadline else { return false }
            // Waits even when cancelled: a stack that is half down helps nobody.
            await withCheckedContinuation { continuation in
                DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(10)) { continuation.resume() }
            }
        }
        return true
    }

    private static func spawn(
        _ command: [String], environment: [String: String], log: CInt
    ) throws(CommandError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, log, 1)
        posix_spawn_file_actions_adddup2(&actions, log, 2)
        // Whoever reads this process to its end through a pipe must not wait for the daemon as well.
        let handles = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        for handle in handles.compactMap({ CInt($0) }) where handle > 2 {
            posix_spawn_file_actions_addclose(&actions, handle)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        // A session of its own: closing the terminal must not end it. (POSIX_SPAWN_SETSID of <spawn.h>.)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | 0x80))

        let arguments = command.map { strdup($0) } + [nil]
        let variables = environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var child: pid_t = 0
        let failure = posix_spawn(&child, command[0], &actions, &attributes, arguments, variables)
        guard failure == 0 else {
            throw .failed("cannot run \(command[0]): \(String(cString: strerror(failure)))")
        }
        return child
    }
}

/// The end of a log, for the message of a process that failed.
enum LogTail {
    /// The last lines written behind a position.
    static func read(_ path: String, from position: Int = 0, lines: Int = 8) -> [String] {
        guard let file = FileHandle(forReadingAtPath: path) else { return [] }
        defer { try? file.close() }
        let end = (try? file.seekToEnd()) ?? 0
        try? file.seek(toOffset: max(UInt64(max(position, 0)), end > 16_384 ? end - 16_384 : 0))
        let text = String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").suffix(lines).map(String.init)
    }

    /// Size of a file, 0 where there is none.
    static func size(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}
