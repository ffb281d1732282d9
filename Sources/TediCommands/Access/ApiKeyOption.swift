package import Client
import Foundation

/// Finds the API key: a file that was named, else the environment.
///
/// It never stands on the command line, which every user of the machine can read.
package enum ApiKeyLocation {
    /// Most bytes of a file with a key.
    private static let maximumBytes = 4_096

    /// The key of `--api-key-file`, else of `TEDI_API_KEY`; `nil` where there is none.
    package static func locate(file: String?, environment: [String: String]) throws(CommandError) -> ApiKey? {
        if let file { return try key(read(file), source: file) }
        guard let variable = environment["TEDI_API_KEY"], !variable.isEmpty else { return nil }
        return try key(variable, source: "TEDI_API_KEY")
    }

    private static func read(_ file: String) throws(CommandError) -> String {
        guard let handle = FileHandle(forReadingAtPath: file), let bytes = try? handle.read(upToCount: maximumBytes)
        else { throw .badInput("cannot read the API key in \(file)", remedy: "Name a file that you may read.") }
        try? handle.close()
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What is no key is not repeated: it may be half of one.
    private static func key(_ text: String, source: String) throws(CommandError) -> ApiKey {
        guard let key = ApiKey(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw .badInput(
                "there is no API key in \(source)", remedy: "A key is tedi_ and 43 more characters; ask for one.")
        }
        return key
    }
}
