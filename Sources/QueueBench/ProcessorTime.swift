import Foundation
import Glibc

/// Processor time of the processes of a system, by part.
struct ProcessorTime: Sendable {
    /// Seconds of user and system time.
    private(set) var seconds: [String: Double]

    /// The parts, in the order of the table.
    static let parts = ["coordinator", "PostgreSQL", "Redis", "workers"]

    /// Reads what the processes have used so far.
    init(postgres: pid_t?, redis: pid_t?, coordinator: pid_t, workers: [pid_t]) {
        seconds = [
            "coordinator": Self.used(coordinator),
            // The postmaster counts its children that have ended; the others are looked at.
            "PostgreSQL": postgres.map { Self.used($0) + Self.children(of: $0).reduce(0) { $0 + Self.used($1) } } ?? 0,
            "Redis": redis.map(Self.used) ?? 0,
            "workers": workers.reduce(0) { $0 + Self.used($1) },
        ]
    }

    /// Used since `before`.
    func since(_ before: ProcessorTime) -> [String: Double] {
        seconds.mapValues { $0 }.merging(before.seconds) { $0 - $1 }
    }

    private static let ticks = Double(max(sysconf(CInt(_SC_CLK_TCK)), 1))

    /// utime, stime, cutime and cstime of proc(5).
    private static func used(_ id: pid_t) -> Double {
        guard let fields = stat(of: id), fields.count > 14 else { return 0 }
        return fields[11...14].reduce(0) { $0 + (Double($1) ?? 0) } / ticks
    }

    private static func children(of parent: pid_t) -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { id in
            guard let fields = stat(of: id), fields.count > 1 else { return false }
            return pid_t(fields[1]) == parent
        }
    }

    /// The fields behind the name, which may hold anything.
    private static func stat(of id: pid_t) -> [Substring]? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(id)/stat") else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        return text.lastIndex(of: ")").map { text[text.index(after: $0)...].split(separator: " ") }
    }
}

extension ProcessorTime {
    /// The bench's worker processes.
    static func workers(under folder: String) -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { id in
            guard let data = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") else { return false }
            let words = data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            guard words.count > 3, words[1] == "work" else { return false }
            return words[3].hasPrefix((folder as NSString).deletingLastPathComponent)
        }
    }
}
