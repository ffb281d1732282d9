import Archives
import FaceCollections
import FaceData
import Foundation
import Glibc
import Images

/// WebDataset shards: files that share a name up to the first dot are one image.
struct ShardSource: FaceSource {
    let path: String
    private(set) var keys: [String] = []
    private(set) var defects: [FaceCollectionError] = []
    private(set) var attributes: AttributeColumns

    let folder: CollectionFolder
    private var samples: [Sample] = []
    private var shards: [String] = []

    /// Where the files of an image lie.
    private struct Sample: Sendable {
        var shard: Int
        var picture: TarMember?
        var labels: TarMember?
        var sketch: TarMember?
        var text: TarMember?
        var json: TarMember?
    }

    private static let limits = FaceLimits()

    init(shards files: [URL]) throws(FaceCollectionError) {
        guard let first = files.first else {
            throw FaceCollectionError(.missing, ".", "there are no shards", remedy: "check the path")
        }
        let root = first.deletingLastPathComponent()
        path = files.count == 1 ? first.path : root.path
        folder = try CollectionFolder(root)
        attributes = AttributeColumns(names: FaceAttribute.allCases.map(\.name) + FaceTrait.allCases.map(\.name))
        var places: [String: Int] = [:]
        for file in files.map(\.lastPathComponent).sorted() {
            do {
                try scan(file, &places)
            } catch {
                // What a damaged shard has in front of the damage is there.
                defects.append(error)
            }
        }
        for place in samples.indices { attributes.append(values(of: place)) }
    }

    // MARK: Names

    private mutating func scan(_ file: String, _ places: inout [String: Int]) throws(FaceCollectionError) {
        let shard = shards.count
        shards.append(file)
        try opened(file) { descriptor throws(FaceCollectionError) in
            do throws(ArchiveError) {
                var reader = try TarReader(file, descriptor: descriptor)
                while let member = try reader.next() { note(member, shard: shard, &places) }
            } catch {
                throw FaceCollectionError(
                    .unreadable, file, error.problem, remedy: "get the shard again; what stands before is used")
            }
        }
    }

    private mutating func note(_ member: TarMember, shard: Int, _ places: inout [String: Int]) {
        let folders = member.name.lastIndex(of: "/").map { member.name[...$0] } ?? ""
        let base = member.name.dropFirst(folders.count)
        guard let dot = base.firstIndex(of: "."), dot > base.startIndex else { return }
        let key = SafeKey.of(String(folders + base[..<dot]).replacing("/", with: "_"))
        let ending = base[base.index(after: dot)...].lowercased()
        guard let field = Self.field(of: ending) else { return }
        let place = places[key] ?? samples.count
        if place == samples.count {
            places[key] = place
            samples.append(Sample(shard: shard))
            keys.append(key)
        }
        guard samples[place].shard == shard, samples[place][keyPath: field] == nil else {
            return defects.append(
                FaceCollectionError(
                    .clash, "\(shards[shard])/\(member.name)",
                    "the key \(key) is in \(shards[samples[place].shard]) already",
                    remedy: "give the images of all shards keys of their own"))
        }
        samples[place][keyPath: field] = member
    }

    private static func field(of ending: String) -> WritableKeyPath<Sample, TarMember?>? {
        switch ending {
        case "png", "jpg", "jpeg", "image.png", "image.jpg": \.picture
        case "labels.png", "label.png", "mask.png", "seg.png": \.labels
        case "sketch.png": \.sketch
        case "txt", "caption.txt": \.text
        case "json": \.json
        default: nil
        }
    }

    // MARK: Contents

    /// What a sample's JSON says, as far as it is of use.
    private struct Note: Decodable {
        var caption: String?
        var captions: [String]?
        var attributes: [String: Flag]?
    }

    /// A truth value, or a number in its place.
    private struct Flag: Decodable {
        let value: Bool

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            value = try (try? container.decode(Bool.self)) ?? (container.decode(Double.self) > 0)
        }
    }

    private func note(of image: Int) throws(FaceCollectionError) -> Note? {
        guard let bytes = try contents(of: samples[image].json, shard: samples[image].shard, limit: 1 << 20) else {
            return nil
        }
        guard let note = try? JSONDecoder().decode(Note.self, from: Data(bytes)) else {
            throw FaceCollectionError(
                .caption, "\(shards[samples[image].shard])/\(keys[image]).json",
                "its captions or attributes make no sense",
                remedy: "write “caption” as text and “attributes” as names with true or false")
        }
        return note
    }

    /// What is known of an image's attributes; a note that cannot be read is met again, and told, with its picture.
    private func values(of image: Int) -> [Bool?] {
        let known = (try? note(of: image))?.attributes ?? [:]
        return attributes.names.map { known[$0]?.value }
    }

    func name(of image: Int) -> String {
        "\(shards[samples[image].shard])/\(samples[image].picture?.name ?? keys[image])"
    }

    func has(_ part: FacePart, of image: Int) -> Bool {
        switch part {
        case .labels: samples[image].labels != nil
        case .sketch: samples[image].sketch != nil
        case .captions: samples[image].text != nil || samples[image].json != nil
        }
    }

    func pieces(of image: Int, _ part: FacePart?) -> [FilePiece] {
        let sample = samples[image]
        let member =
            switch part {
            case nil: sample.picture
            case .labels: sample.labels
            case .sketch: sample.sketch
            case .captions: sample.text ?? sample.json
            }
        guard let member else { return [] }
        return [FilePiece(shards[sample.shard], member.offset..<member.offset + member.size)]
    }

    func picture(of image: Int) throws(FaceCollectionError) -> RGBImage {
        let file = name(of: image)
        guard let bytes = try contents(of: samples[image].picture, shard: samples[image].shard) else {
            throw FaceCollectionError(
                .missing, file, "the sample has no picture", remedy: "add a .png or .jpg with its key")
        }
        return try Self.decode(bytes, file)
    }

    func labels(of image: Int) throws(FaceCollectionError) -> GrayImage? {
        guard let bytes = try contents(of: samples[image].labels, shard: samples[image].shard) else { return nil }
        let file = "\(name(of: image)), its label map"
        return try LabelMapDecoding.ids(of: Self.decode(bytes, file), file: file)
    }

    func sketch(of image: Int) throws(FaceCollectionError) -> GrayImage? {
        guard let bytes = try contents(of: samples[image].sketch, shard: samples[image].shard) else { return nil }
        return try Self.decodeGray(bytes, "\(name(of: image)), its sketch")
    }

    func captions(of image: Int) throws(FaceCollectionError) -> [String] {
        if let bytes = try contents(of: samples[image].text, shard: samples[image].shard, limit: 1 << 20) {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw FaceCollectionError(
                    .caption, name(of: image), "its caption is not UTF-8", remedy: "store it as UTF-8")
            }
            return text.split(whereSeparator: \.isNewline).map(String.init)
        }
        let note = try note(of: image)
        return note?.captions ?? (note?.caption).map { [$0] } ?? []
    }

    private func contents(
        of member: TarMember?, shard: Int, limit: Int = limits.pictureBytes
    ) throws(FaceCollectionError) -> [UInt8]? {
        guard let member else { return nil }
        guard member.size <= limit else {
            throw FaceCollectionError(
                .tooLarge, "\(shards[shard])/\(member.name)", "it has \(member.size) bytes, more than \(limit)",
                remedy: "store it smaller, or take it out")
        }
        return try opened(shards[shard]) { descriptor throws(FaceCollectionError) in
            do throws(ArchiveError) {
                return try TarReader.read(shards[shard], descriptor, at: member.offset, count: member.size)
            } catch {
                throw FaceCollectionError(.unreadable, shards[shard], error.problem, remedy: "get the shard again")
            }
        }
    }

    private func opened<Value>(
        _ file: String, _ body: (CInt) throws(FaceCollectionError) -> Value
    ) throws(FaceCollectionError) -> Value {
        guard let descriptor = try folder.open(file, 0) else {
            throw FaceCollectionError(.missing, file, "the shard is gone", remedy: "put it back")
        }
        defer { close(descriptor) }
        return try body(descriptor)
    }
}
