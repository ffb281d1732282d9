import Foundation

/// What the dynamic loader says when a program cannot start, in words that help.
package enum LoaderMessage {
    /// What to do about a message; nil if it is none of the loader's.
    package static func remedy(for output: String) -> String? {
        guard let range = output.range(of: "error while loading shared libraries: ") else { return nil }
        let library = output[range.upperBound...].prefix { $0 != ":" && !$0.isNewline }
        guard library.hasPrefix("libtorch") || library.hasPrefix("libc10") || library.hasPrefix("libgomp") else {
            return "The library \(library) is missing or closed to this user: install the package that holds it."
        }
        return
            "LibTorch (\(library)) is missing or closed to this user: run make setup, or set LIBTORCH and build again. "
            + "If the stack was started by root, every folder above it must be open (chmod o+x)."
    }
}
