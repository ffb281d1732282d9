import Foundation
package import Glibc

/// What `/proc` shows of the process that a server's pid file names.
package enum ServerSighting: Equatable, Sendable {
    /// There is no such process, or it has ended.
    case gone
    /// It is the server of the folder.
    case server
    /// It is another process that got the number.
    case stranger
    /// It cannot be told: even root may lack the right to see where the processes of others work (ptrace(2)).
    case hidden

    /// The names that servers run under.
    private static let names: Set<String> = ["postgres", "redis-server"]

    /// Looks at a process.
    package init(of id: pid_t, in folder: String) {
        let place: Result<String, PlaceError>
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/\(id)/cwd", &buffer, buffer.count)
        if length >= 0 {
            place = .success(String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self))
        } else {
            place = .failure(PlaceError(number: errno))
        }
        let name = FileManager.default.contents(atPath: "/proc/\(id)/comm")
            .flatMap { String(decoding: $0, as: UTF8.self).split(separator: "\n").first.map(String.init) }
        self.init(
            place: place, owner: Self.owner(of: "/proc/\(id)"), name: name,
            folder: URL(fileURLWithPath: folder).resolvingSymlinksInPath().path, folderOwner: Self.owner(of: folder))
    }

    /// Judges what was seen.
    ///
    /// - Parameters:
    ///   - place: The folder that the process works in, or why that cannot be read.
    ///   - owner: User of the process.
    ///   - name: Name of its program.
    ///   - folder: The folder that the server works in.
    ///   - folderOwner: User of that folder.
    package init(
        place: Result<String, PlaceError>, owner: uid_t?, name: String?, folder: String, folderOwner: uid_t?
    ) {
        switch place {
        case .success(let path): self = path == folder ? .server : .stranger
        case .failure(let error) where error.number == EACCES || error.number == EPERM:
            let fits = owner != nil && owner == folderOwner && name.map(Self.names.contains) ?? false
            self = fits ? .server : .hidden
        case .failure: self = .gone
        }
    }

    /// Why the folder of a process cannot be read.
    package struct PlaceError: Error {
        let number: CInt

        /// Wraps an error number.
        package init(number: CInt) { self.number = number }
    }

    private static func owner(of path: String) -> uid_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_uid : nil
    }
}
