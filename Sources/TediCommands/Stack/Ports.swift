import Foundation
import Glibc

/// TCP ports of the loopback interface.
package enum Ports {
    /// Whether a server could listen on the port now.
    package static func isFree(_ port: UInt16) -> Bool {
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard handle >= 0 else { return false }
        defer { close(handle) }
        var yes: Int32 = 1
        // As servers do: connections that are still closing must not count.
        setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(INADDR_LOOPBACK).bigEndian)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    /// Refuses a port that is taken, and says by whom.
    static func requireFree(_ port: UInt16) throws(CommandError) {
        guard !isFree(port) else { return }
        throw .failed(
            "port \(port) is taken by \(owner(of: port) ?? "another process")",
            remedy: "Stop that, choose another port, or leave --port out to get a free one.")
    }

    /// The process that listens on the port, such as `nginx (process 812)`; nil if it cannot be seen.
    package static func owner(of port: UInt16) -> String? {
        let sockets = Set(["/proc/net/tcp", "/proc/net/tcp6"].flatMap { listeners(of: port, in: $0) })
        guard !sockets.isEmpty else { return nil }
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        for process in processes where Int(process) != nil {
            let handles = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd")) ?? []
            let holds = handles.contains { handle in
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\(handle)")
                return target.map { sockets.contains($0) } ?? false
            }
            guard holds else { continue }
            let name = FileManager.default.contents(atPath: "/proc/\(process)/comm")
                .map { String(decoding: $0, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? "" }
            return "\(name ?? "?") (process \(process))"
        }
        return nil
    }

    /// The sockets that listen on a port, as their links in `/proc` read.
    private static func listeners(of port: UInt16, in table: String) -> [String] {
        guard let data = FileManager.default.contents(atPath: table) else { return [] }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").dropFirst().compactMap { row in
            let fields = row.split(separator: " ")
            // Columns of proc(5): local address, then state (0A is “listens”), then at the tenth place the inode.
            guard fields.count > 9, fields[3] == "0A", let hexadecimal = fields[1].split(separator: ":").last,
                UInt16(hexadecimal, radix: 16) == port
            else { return nil }
            return "socket:[\(fields[9])]"
        }
    }
}
