import Jobs

/// An item on its way from a line of a file to the JSON that the coordinator reads.
struct ItemDraft: Sendable {
    var caption: String?
    var customID: String?
    var seed: UInt64?
    /// References; one, but for the sources.
    var inputs: [InputRole: [String]] = [:]
    /// Values as JSON.
    var options: [JobOptions.Field: String] = [:]
    /// Whether random numbers are all there is.
    var isNoise = false

    /// Whether nothing is said.
    var isEmpty: Bool {
        caption == nil && customID == nil && seed == nil && inputs.isEmpty && options.isEmpty && !isNoise
    }

    /// The same, and from another what is missing here.
    func completed(by other: ItemDraft, kind: JobKind) -> ItemDraft {
        guard !other.isEmpty else { return self }
        var draft = self
        draft.caption = caption ?? other.caption
        draft.inputs.merge(Self.fitting(other.inputs, beside: Set(inputs.keys), kind: kind)) { own, _ in own }
        return draft
    }

    /// The JSON, keys in a fixed order.
    func json() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity((caption?.utf8.count ?? 0) + 32)
        bytes.append(UInt8(ascii: "{"))
        for member in members() {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            bytes += member
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// The members of the object.
    ///
    /// - Parameters:
    ///   - names: Names of members that are there already.
    ///   - kind: The kind of work, where these members complete a line.
    func members(besides names: Set<String> = [], kind: JobKind? = nil) -> [[UInt8]] {
        var members: [[UInt8]] = []
        func add(_ name: String, _ value: (inout [UInt8]) -> Void) {
            guard !names.contains(name) else { return }
            var bytes = Array("\"\(name)\":".utf8)
            value(&bytes)
            members.append(bytes)
        }
        if let caption { add("caption") { ItemWriter.append(caption, to: &$0) } }
        if let customID { add("custom_id") { ItemWriter.append(customID, to: &$0) } }
        if let seed { add("seed") { $0 += "\(seed)".utf8 } }
        let there = Set(names.compactMap(InputRole.init(rawValue:)))
        let fitting = kind.map { Self.fitting(inputs, beside: there, kind: $0) } ?? inputs
        for role in InputRole.allCases {
            guard let references = fitting[role] else { continue }
            add(role.rawValue) { bytes in
                if role == .sources {
                    ItemWriter.append(list: references, to: &bytes)
                } else {
                    ItemWriter.append(references.first ?? "", to: &bytes)
                }
            }
        }
        if isNoise { add("noise") { $0 += "true".utf8 } }
        if !options.isEmpty {
            add("options") { bytes in
                let parts = options.sorted { $0.key.rawValue < $1.key.rawValue }
                bytes += ("{" + parts.map { "\"\($0.key.rawValue)\":\($0.value)" }.joined(separator: ",") + "}").utf8
            }
        }
        return members
    }

    /// Inputs that may stand beside those that are there: a line with a code of its own does not want the photo of all.
    private static func fitting(
        _ inputs: [InputRole: [String]], beside there: Set<InputRole>, kind: JobKind
    ) -> [InputRole: [String]] {
        inputs.filter { role, _ in
            switch role {
            case .photo: kind != .manipulate || !there.contains(.code)
            case .code: kind != .manipulate || !there.contains(.photo)
            case .sketch: !there.contains(.labels)
            case .labels: !there.contains(.sketch)
            case .sources, .index: true
            }
        }
    }
}
