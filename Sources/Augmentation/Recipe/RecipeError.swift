/// What is wrong with a recipe, and on which line.
package struct RecipeError: Error, Equatable, CustomStringConvertible {
    /// The recipe's file.
    package let file: String
    /// Line of the file, from 1.
    package let line: Int
    /// What is wrong and what to do.
    package let message: String

    init(_ file: String, line: Int, _ message: String) {
        self.file = file
        self.line = line
        self.message = message
    }

    /// In the form of compilers: file, line, message.
    package var description: String { "\(file):\(line): \(message)" }
}
