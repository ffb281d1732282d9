import Archives
import FaceCollections
import Glibc

/// Writes the lists of a run anew from what its shards say: one shard in memory at a time, each list by a rename.
struct Catalogue {
    let folder: RunFolder
    let recipe: Recipe
    let datasets: [String]
    /// Files and rows of the data sets that are no image.
    let defects: [FaceCollectionError]

    /// Writes the lists and gives what the datasheet tells.
    /// - Parameters:
    ///   - shards: how many there are.
    ///   - observe: sees every sample, and the name of its policy.
    func write(
        shards: Int, _ observe: (Slot, String) -> Void = { _, _ in }
    ) throws(AugmentationError) -> RunSummary {
        var summary = RunSummary()
        var index = try Self.draft(folder.index)
        var table = try Self.draft(folder.table)
        var failed = try Self.draft(folder.failed)
        var rejects = Lines()
        var metadata = recipe.output.images ? Lines() : nil
        if recipe.output.images { metadata?.file = try Self.draft(folder.metadata) }
        if recipe.output.rejects, isFolder(folder.rejects) { rejects.file = try Self.draft(folder.rejectList) }
        try Self.add(Self.header, to: &table)
        for number in 0..<shards {
            let shard = try folder.shardState(number: number)
            let hasLabels = recipe.policies.first { $0.name == shard.policy }?.writesLabels ?? false
            for slot in shard.slots {
                summary.add(slot, policy: shard.policy)
                observe(slot, shard.policy)
                let record = SampleRecord(slot, in: shard, of: datasets[slot.dataset], labels: hasLabels)
                let line = try RunFolder.json(record) + [0x0A]
                try Self.add(line, to: &index)
                try Self.add(Self.row(record), to: &table)
                switch slot.state {
                case .waiting: break
                case .done: try metadata?.add(line)
                case .rejected, .failed: try Self.add(line, to: &failed)
                }
                for reject in slot.rejects { try rejects.add(try RunFolder.json(RejectRecord(slot, reject)) + [0x0A]) }
            }
        }
        for defect in defects { try Self.add(try RunFolder.json(DefectRecord(defect)) + [0x0A], to: &failed) }
        summary.defects = defects.count
        try Self.commit(&index)
        try Self.commit(&table)
        try Self.commit(&failed)
        try rejects.commit()
        try metadata?.commit()
        return summary
    }

    private func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0
    }

    /// A list that may not be wanted.
    private struct Lines: ~Copyable {
        var file: DraftFile?

        mutating func add(_ line: [UInt8]) throws(AugmentationError) {
            try RunFolder.writing { () throws(ArchiveError) in try file?.write(line) }
        }

        mutating func commit() throws(AugmentationError) {
            try RunFolder.writing { () throws(ArchiveError) in try file?.commit() }
        }
    }

    private static func draft(_ path: String) throws(AugmentationError) -> DraftFile {
        try RunFolder.writing { () throws(ArchiveError) -> DraftFile in try DraftFile(path) }
    }

    private static func add(_ line: [UInt8], to file: inout DraftFile) throws(AugmentationError) {
        try RunFolder.writing { () throws(ArchiveError) in try file.write(line) }
    }

    private static func commit(_ file: inout DraftFile) throws(AugmentationError) {
        try RunFolder.writing { () throws(ArchiveError) in try file.commit() }
    }

    // MARK: Rows

    private static let scores = ["similarity", "identity", "drift", "artefact"]

    private static let header = Array(
        "key,file_name,state,shard,policy,source,changes,caption,seed,tries,similarity,identity,drift,artefact,reason\r\n"
            .utf8)

    private static func row(_ record: SampleRecord) -> [UInt8] {
        var fields = [
            record.key, record.fileName ?? "", record.state.rawValue, record.shard, record.policy, record.source,
            record.changes, record.caption ?? "", record.seed.map { "\($0)" } ?? "",
            "\(record.tries)",
        ]
        fields += scores.map { name in record.scores?[name].map { "\($0)" } ?? "" }
        fields.append(record.reason ?? "")
        return Array((fields.map(quoted).joined(separator: ",") + "\r\n").utf8)
    }

    private static func quoted(_ field: String) -> String {
        guard field.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return field }
        return "\"\(field.replacing("\"", with: "\"\""))\""
    }

    /// A line of `failed.jsonl` about what is no sample: a file or a row.
    private struct DefectRecord: Encodable {
        let source: String
        let line: Int?
        let state = Slot.State.failed
        let error: String
        let reason: String

        init(_ defect: FaceCollectionError) {
            source = defect.file
            line = defect.line
            error = defect.kind.rawValue
            reason = "\(defect.problem); \(defect.remedy)"
        }
    }

    /// A line of `rejects.jsonl`.
    private struct RejectRecord: Encodable {
        let fileName: String
        let key: String
        let number: Int
        let seed: UInt64
        let reasons: [String]
        let scores: [String: Double]

        private enum CodingKeys: String, CodingKey {
            case key, seed, reasons, scores
            case number = "try"
            case fileName = "file_name"
        }

        init(_ slot: Slot, _ reject: Slot.Reject) {
            fileName = "\(slot.key)-t\(reject.number).png"
            key = slot.key
            number = reject.number
            seed = reject.seed
            reasons = reject.reasons
            scores = reject.scores
        }
    }
}
