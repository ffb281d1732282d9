import TediGAN

/// The settings of a manifest.
///
/// A setting that nobody takes is one that the suite does not know: comparing without it
/// would compare another network.
struct GoldenSettings {
    private let fixture: String
    private var rest: [String: JSONValue]

    init(_ fixture: String, _ settings: [String: JSONValue]) {
        self.fixture = fixture
        rest = settings
    }

    mutating func integer(_ key: String, _ otherwise: Int) -> Int {
        rest.removeValue(forKey: key)?.integer ?? otherwise
    }

    mutating func double(_ key: String, _ otherwise: Double) -> Double {
        rest.removeValue(forKey: key)?.double ?? otherwise
    }

    mutating func bool(_ key: String, _ otherwise: Bool) -> Bool { rest.removeValue(forKey: key)?.bool ?? otherwise }

    mutating func string(_ key: String) -> String? { rest.removeValue(forKey: key)?.string }

    /// One number or a list of them.
    mutating func integers(_ key: String) -> [Int]? {
        guard let value = rest.removeValue(forKey: key) else { return nil }
        return value.array?.compactMap(\.integer) ?? value.integer.map { [$0] }
    }

    /// The settings under a key; nil where there are none or they are null.
    mutating func nested(_ key: String) -> GoldenSettings? {
        guard case .object(let settings) = rest.removeValue(forKey: key) else { return nil }
        return GoldenSettings(fixture + " " + key, settings)
    }

    /// A setting that says nothing about the computation.
    mutating func ignore(_ keys: String...) {
        for key in keys { rest[key] = nil }
    }

    /// A setting that must have the one value that is built.
    mutating func require(_ key: String, _ wanted: JSONValue) throws {
        guard let value = rest.removeValue(forKey: key) else { return }
        guard value == wanted || (value.double != nil && value.double == wanted.double) else {
            throw GoldenError("\(fixture): \(key) is \(value), only \(wanted) is built")
        }
    }

    /// Ends the reading.
    func end() throws {
        guard rest.isEmpty else { throw GoldenError("\(fixture): unknown settings \(rest.keys.sorted())") }
    }
}
