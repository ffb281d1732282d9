/// Why a run cannot begin or go on, as opposed to a sample that cannot be made.
package struct AugmentationError: Error, Equatable, CustomStringConvertible {
    /// The sort of failure.
    package enum Kind: Sendable, Equatable {
        /// The recipe, the data set or the folder are not what they should be; nothing was done.
        case badInput
        /// It broke off; what is done stays.
        case failed
    }

    package let kind: Kind
    /// What is wrong.
    package let message: String
    /// What to do about it.
    package let remedy: String

    package init(_ kind: Kind, _ message: String, remedy: String) {
        (self.kind, self.message, self.remedy) = (kind, message, remedy)
    }

    package var description: String { "\(message); \(remedy)" }
}
