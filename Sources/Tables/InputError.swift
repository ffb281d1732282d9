/// A mistake in a file that people write.
package struct InputError: Error, Equatable, Sendable {
    /// Line of the file, from 1.
    package var line: Int
    /// What is wrong and what to do.
    package var message: String

    /// Names a mistake.
    package init(line: Int, message: String) {
        self.line = line
        self.message = message
    }
}
