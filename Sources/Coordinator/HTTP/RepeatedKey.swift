import Foundation

/// Finds a key that an object has twice, at whatever depth: `JSONDecoder` would take one of the two and say nothing.
///
/// The text must be JSON, as `JSONDecoder` has found; what is not is passed over.
struct RepeatedKey {
    private enum Frame {
        case list
        case object(keys: Set<String>, isKeyNext: Bool)
    }

    private let bytes: [UInt8]
    private var position = 0
    private var frames: [Frame] = []

    /// The first of them, or `nil`.
    static func first(in json: some Sequence<UInt8>) -> String? {
        var search = RepeatedKey(json)
        return search.run()
    }

    private init(_ json: some Sequence<UInt8>) { bytes = Array(json) }

    private mutating func run() -> String? {
        while position < bytes.count {
            defer { position += 1 }
            switch bytes[position] {
            case UInt8(ascii: "{"): frames.append(.object(keys: [], isKeyNext: true))
            case UInt8(ascii: "["): frames.append(.list)
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = frames.popLast()
            case UInt8(ascii: ","):
                if case .object(let keys, _) = frames.last {
                    frames[frames.count - 1] = .object(keys: keys, isKeyNext: true)
                }
            case UInt8(ascii: "\""):
                let text = string()
                guard case .object(var keys, true) = frames.last else { continue }
                // Moved out and back in, not copied.
                frames[frames.count - 1] = .list
                let key = Self.plain(text)
                guard keys.insert(key).inserted else { return key }
                frames[frames.count - 1] = .object(keys: keys, isKeyNext: false)
            default: break
            }
        }
        return nil
    }

    /// The string that begins here, with its quotes; ends on the closing one.
    private mutating func string() -> ArraySlice<UInt8> {
        let start = position
        position += 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return bytes[start..<min(position + 1, bytes.count)]
    }

    private static func plain(_ text: ArraySlice<UInt8>) -> String {
        if text.contains(UInt8(ascii: "\\")), let key = try? JSONDecoder().decode(String.self, from: Data(text)) {
            return key
        }
        return String(decoding: text.dropFirst().dropLast(), as: UTF8.self)
    }
}
