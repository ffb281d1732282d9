import Foundation

extension Daemon {
    /// Open files.
    var openFiles: Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/fd").count) ?? 0 }

    /// Memory in use, in MiB.
    var residentMiB: Int {
        let text = (try? String(contentsOfFile: "/proc/\(id)/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return (pages * 4_096) >> 20
    }
}
