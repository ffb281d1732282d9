/// What is known of the attributes of many images: a byte for each of them, for there may be millions.
package struct AttributeColumns: Sendable, Hashable {
    /// The names of the attributes.
    package let names: [String]

    private let places: [String: Int]
    private var values: [UInt8] = []

    private static let unknown: UInt8 = 2

    /// No images yet.
    package init(names: [String]) {
        self.names = names
        places = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Adds an image; what is nil is not known of it.
    mutating func append(_ row: [Bool?]) {
        for place in names.indices {
            let value = place < row.count ? row[place] : nil
            values.append(value.map { $0 ? 1 : 0 } ?? Self.unknown)
        }
    }

    /// Whether an attribute of this name is known of any image.
    func has(_ name: String) -> Bool { places[name] != nil }

    /// Whether an attribute holds, or nil where that is not known.
    func value(_ name: String, of image: Int) -> Bool? {
        guard let place = places[name] else { return nil }
        let value = values[image * names.count + place]
        return value == Self.unknown ? nil : value == 1
    }

    /// Everything that is known of an image.
    func all(of image: Int) -> [String: Bool] {
        var all: [String: Bool] = [:]
        for name in names { all[name] = value(name, of: image) }
        return all
    }

    /// Reads a value as tables have it; nil for what says nothing.
    static func parse(_ text: some StringProtocol) -> Bool? {
        switch text.lowercased() {
        case "1", "+1", "true": true
        case "0", "-1", "false": false
        default: nil
        }
    }
}
