import Foundation
import Glibc

/// Starts programs from a list of words; no shell reads them.
enum ChildProcess {
    struct Output {
        /// Exit status, or 128 plus the signal that ended the program.
        var status: Int
        var output: String
    }

    /// The environment of every child: what servers and their tools need, and nothing of the caller's.
    private static let environment = ["LANG=C.UTF-8", "LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin:/usr/sbin:/sbin"]

    /// Greatest number of bytes kept of a program's output.
    private static let outputLimit = 1 << 20

    /// Runs a program to its end, blocking the calling thread, and collects what it prints.
    static func run(_ command: [String]) throws(PrivateStackError) -> Output {
        let pipe = Pipe()
        let child = try spawn(command, output: pipe.fileHandleForWriting.fileDescriptor)
        try? pipe.fileHandleForWriting.close()
        let data = (try? pipe.fileHandleForReading.readToEnd()) ?? Data()
        let status = wait(for: child)
        return Output(status: status, output: String(decoding: data.prefix(outputLimit), as: UTF8.self))
    }

    /// Starts a program with nothing to read and everything it prints sent to an open file.
    /// - Returns: Its process id; the caller waits for it.
    static func spawn(_ command: [String], output: CInt) throws(PrivateStackError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        // A server must not hold on to whatever its starter had open, such as a pipe that someone reads to its end.
        for descriptor in openDescriptors() where descriptor > 2 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Signals that this process or thread blocks or ignores (SIGPIPE) work in the child as the system has them.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var child: pid_t = 0
        let arguments = command.map { strdup($0) } + [nil]
        let environment = environment.map { strdup($0) } + [nil]
        defer { for string in arguments + environment { free(string) } }
        let failure = posix_spawn(&child, command[0], &actions, &attributes, arguments, environment)
        guard failure == 0 else {
            throw PrivateStackError(
                .start, "cannot run \(command[0]): \(String(cString: strerror(failure)))",
                remedy: "check that the program exists and may be executed")
        }
        return child
    }

    /// Blocks the calling thread until a child has ended.
    private static func wait(for child: pid_t) -> Int {
        var status: CInt = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { return 127 }
        }
        let signal = status & 0x7F
        return signal == 0 ? Int(status >> 8) & 0xFF : 128 + Int(signal)
    }

    private static func openDescriptors() -> [CInt] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.compactMap { CInt($0) }
    }
}
