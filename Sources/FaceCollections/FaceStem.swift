/// The rules for the name of a face: what its picture's file is called, without the ending.
package enum FaceStem {
    /// The endings of picture files, in lower case.
    package static let pictureEndings = ["png", "jpg", "jpeg"]

    /// Whether a name can stand for a face and become part of a path.
    package static func isValid(_ stem: some StringProtocol) -> Bool {
        !stem.isEmpty && !stem.hasPrefix(".") && stem.utf8.count <= 200
            && stem.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") }
    }

    /// A name without the ending of a picture, where it has one: rows of attribute files are named `12.jpg`.
    static func ofPicture(_ name: some StringProtocol) -> String {
        guard let dot = name.lastIndex(of: "."), isPictureEnding(name[name.index(after: dot)...]) else {
            return String(name)
        }
        return String(name[..<dot])
    }

    /// Whether these letters after the dot tell a picture that is read.
    package static func isPictureEnding(_ ending: some StringProtocol) -> Bool {
        pictureEndings.contains(ending.lowercased())
    }

    /// The number that a stem of plain digits is, `7` and `00007` alike.
    static func number(_ stem: some StringProtocol) -> Int? {
        stem.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(stem) : nil
    }

    /// What stems that name the same face have in common: the number, or else the stem itself.
    static func key(_ stem: some StringProtocol) -> String {
        number(stem).map(String.init) ?? String(stem)
    }

    /// A number that stands for a stem: the number that it is, or else a hash of its letters.
    static func hash(_ stem: some StringProtocol) -> Int {
        if let number = number(stem) { return number }
        // FNV-1a.
        let hash = stem.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        return Int(truncatingIfNeeded: hash)
    }
}
