import Archives
import Foundation
import Glibc

/// Puts the pictures of a shard together with their words.
struct ShardPacker {
    let folder: RunFolder
    let recipe: Recipe
    let datasets: [String]

    /// Samples whose picture is not there, or is another: they have to be made again.
    func missing(in shard: ShardState) throws(AugmentationError) -> [Int] {
        let old = try old(shard)
        var missing: [Int] = []
        for (place, slot) in shard.slots.enumerated() {
            guard let made = slot.made else { continue }
            let picture = try picture(of: slot.key, old: old)
            let labels = try writesLabels(shard) ? labels(of: slot.key, old: old) != nil : true
            if picture.map({ SampleSeed.digest($0) }) != made.digest || !labels { missing.append(place) }
        }
        return missing
    }

    /// Writes the shard; it has its name only when it is whole.
    func write(_ shard: ShardState) throws(AugmentationError) {
        let old = try old(shard)
        let hasLabels = writesLabels(shard)
        let path = folder.shard(shard.number)
        var tar = try RunFolder.writing { () throws(ArchiveError) -> TarWriter in try TarWriter(path) }
        for slot in shard.slots {
            guard let made = slot.made else { continue }
            let record = SampleRecord(slot, in: shard, of: datasets[slot.dataset], labels: hasLabels)
            var files = [(name: "\(slot.key).json", bytes: try RunFolder.json(record))]
            if hasLabels { files.append(("\(slot.key).labels.png", try labels(of: slot.key, old: old) ?? [])) }
            files.append(("\(slot.key).png", try picture(of: slot.key, old: old) ?? []))
            files.append(("\(slot.key).txt", Array(made.caption.utf8)))
            for file in files {
                try RunFolder.writing { () throws(ArchiveError) in try tar.add(file.name, file.bytes) }
            }
        }
        try RunFolder.writing { () throws(ArchiveError) in try tar.commit() }
    }

    /// Removes pictures that the shard has now, where no folder of pictures is wanted.
    func tidy(_ shard: ShardState) {
        guard !recipe.output.images else { return }
        for slot in shard.slots {
            folder.remove(pictureFile(slot.key))
            folder.remove(labelsFile(slot.key))
        }
    }

    // MARK: Pictures

    func pictureFile(_ key: String) -> String {
        "\(recipe.output.images ? folder.images : folder.pictures)/\(key).png"
    }

    func labelsFile(_ key: String) -> String {
        recipe.output.images ? "\(folder.labels)/\(key).png" : "\(folder.pictures)/\(key).labels.png"
    }

    func writesLabels(_ shard: ShardState) -> Bool {
        recipe.policies.first { $0.name == shard.policy }?.writesLabels ?? false
    }

    private func picture(of key: String, old: [String: TarMember]) throws(AugmentationError) -> [UInt8]? {
        if let bytes = try folder.read(pictureFile(key)) { return bytes }
        return try old["\(key).png"]?.bytes
    }

    private func labels(of key: String, old: [String: TarMember]) throws(AugmentationError) -> [UInt8]? {
        if let bytes = try folder.read(labelsFile(key)) { return bytes }
        return try old["\(key).labels.png"]?.bytes
    }

    /// A file in the shard as it was before, which a retried sample is added to.
    private struct TarMember {
        let shard: String
        let member: Archives.TarMember

        var bytes: [UInt8]? {
            get throws(AugmentationError) {
                let descriptor = open(shard, O_RDONLY | O_CLOEXEC)
                guard descriptor >= 0 else { return nil }
                defer { close(descriptor) }
                return try? TarReader.read(shard, descriptor, at: member.offset, count: member.size)
            }
        }
    }

    private func old(_ shard: ShardState) throws(AugmentationError) -> [String: TarMember] {
        // Where pictures have a folder, the shard holds nothing that is not there.
        guard !recipe.output.images, recipe.output.shards else { return [:] }
        let path = folder.shard(shard.number)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [:] }
        defer { close(descriptor) }
        var members: [String: TarMember] = [:]
        guard var reader = try? TarReader(path, descriptor: descriptor) else { return [:] }
        while let member = try? reader.next() { members[member.name] = TarMember(shard: path, member: member) }
        return members
    }
}
