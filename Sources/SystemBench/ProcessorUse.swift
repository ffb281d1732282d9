import Foundation
import Glibc

/// Processor time used so far: by the parts of a system, and by everything on the machine.
struct ProcessorUse: Sendable {
    /// Seconds of user and system time, by the name of the program.
    var parts: [String: Double]
    /// Seconds that all cores of the machine were busy with anything.
    var machine: Double
    /// Seconds on a clock that never stands still.
    var clock: Double

    /// Reads the use of the processes that run in a folder or below it, and of this process with its children.
    static func read(under folder: String) -> ProcessorUse {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        var parts: [String: Double] = [:]
        for process in names.compactMap({ pid_t($0) }) {
            let place = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/cwd")
            let isOwn = process == getpid()
            guard isOwn || place.map({ $0 == folder || $0.hasPrefix(folder + "/") }) ?? false,
                let stat = ProcessStat(process)
            else { continue }
            parts[isOwn ? ownName : stat.name, default: 0] += stat.seconds
        }
        let clock = ContinuousClock.now - start
        return ProcessorUse(parts: parts, machine: machineSeconds(), clock: clock / .seconds(1))
    }

    /// What this process and its children that have ended are called.
    static let ownName = "bench"

    private static let start = ContinuousClock.now

    /// What was used since `before`.
    func since(_ before: ProcessorUse) -> ProcessorUse {
        let spent = parts.merging(before.parts.mapValues(-)) { $0 + $1 }
        return ProcessorUse(
            parts: spent.filter { $0.value > 0 }, machine: machine - before.machine, clock: clock - before.clock)
    }

    /// Cores that were busy with what is not of this system.
    var othersPerSecond: Double { max(machine - parts.values.reduce(0, +), 0) / max(clock, 1e-9) }

    /// The first line of `/proc/stat`: idle time and waiting for disks are not work.
    private static func machineSeconds() -> Double {
        let text = (try? String(contentsOfFile: "/proc/stat", encoding: .utf8)) ?? ""
        return busyTicks(ofStat: text) / ProcessStat.ticks
    }

    /// Ticks that the cores were busy, by the text of `/proc/stat`.
    static func busyTicks(ofStat text: String) -> Double {
        let fields = text.prefix { !$0.isNewline }.split(separator: " ").dropFirst().compactMap { Double($0) }
        guard fields.count >= 8 else { return 0 }
        // user nice system idle iowait irq softirq steal; guests are part of user.
        return fields[0] + fields[1] + fields[2] + fields[5] + fields[6] + fields[7]
    }
}

/// One line of `/proc/<pid>/stat`.
struct ProcessStat: Sendable {
    /// Name of the program, cut to 15 bytes.
    let name: String
    /// Processor seconds of the process and of its children that have ended.
    let seconds: Double

    static let ticks = Double(max(sysconf(CInt(_SC_CLK_TCK)), 1))

    init?(_ process: pid_t) {
        guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return nil }
        self.init(line: String(decoding: data, as: UTF8.self))
    }

    /// Reads a line as proc(5) describes it; the name in parentheses may hold anything.
    init?(line: String) {
        guard let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")"), open < close else { return nil }
        let fields = line[line.index(after: close)...].split(separator: " ")
        guard fields.count > 14 else { return nil }
        name = String(line[line.index(after: open)..<close])
        seconds = fields[11...14].reduce(0) { $0 + (Double($1) ?? 0) } / Self.ticks
    }
}
