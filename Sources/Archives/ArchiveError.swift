import Glibc

/// Why an archive could not be read or written.
package struct ArchiveError: Error, Equatable, CustomStringConvertible {
    /// The file.
    package let path: String

    /// What is wrong, as half a sentence.
    package let problem: String

    /// Names what is wrong.
    package init(_ path: String, _ problem: String) {
        self.path = path
        self.problem = problem
    }

    /// The last failure of the system.
    init(_ path: String, system code: Int32 = errno) {
        self.init(path, String(cString: strerror(code)))
    }

    /// The file and what is wrong with it.
    package var description: String { "\(path): \(problem)" }
}
