/// What is wrong with a file of a collection of faces, where, and what to do about it.
///
/// Readers throw the first one that they meet; an inspection lists all of them.
public struct FaceCollectionError: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    /// The sort of a defect, by which defects are counted.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// A folder or file that has to be there is not.
        case missing
        /// A file cannot be read or written.
        case unreadable
        /// A link leads out of the collection's folder.
        case outside
        /// A file is larger, or a folder or list longer, than is read.
        case tooLarge = "too-large"
        /// A file's name cannot be the name of a face or of a part of one.
        case name
        /// Two files claim to be the same thing.
        case clash
        /// A picture cannot be decoded.
        case picture
        /// A picture's size does not fit the others.
        case size
        /// A label map has numbers or colours that stand for no class.
        case label
        /// A mask of one part is no picture of black and white.
        case part
        /// A caption is empty, too long or not UTF-8.
        case caption
        /// A line of an attribute file cannot be read.
        case attribute
        /// A face has no row of attributes, or a row has no face.
        case row
        /// Attributes exclude each other.
        case contradiction
        /// A list names a face that is not there, or one that is named already.
        case list
    }

    /// The sort of the defect.
    public let kind: Kind

    /// The file, as a path within the collection's folder.
    public let file: String

    /// The line of a text file, from 1; nil where the defect has no line.
    public let line: Int?

    /// What is wrong, as half a sentence.
    public let problem: String

    /// What to do about it.
    public let remedy: String

    /// Names a defect.
    public init(_ kind: Kind, _ file: String, line: Int? = nil, _ problem: String, remedy: String) {
        (self.kind, self.file, self.line, self.problem, self.remedy) = (kind, file, line, problem, remedy)
    }

    /// File, line, what is wrong and what to do, in one line.
    public var description: String {
        "\(file)\(line.map { ":\($0)" } ?? ""): \(problem); \(remedy)"
    }
}
