/// What is told of a sample, in `metadata.jsonl`, `index.jsonl` and the shards.
///
/// Nothing of it depends on when or where it was made, so that the same run twice gives the same bytes.
struct SampleRecord: Encodable {
    var fileName: String?
    let key: String
    let source: String
    let dataset: String
    let policy: String
    let variant: Int
    /// In one text, for readers that learn the types of columns from the first rows take an empty list for none.
    let changes: String
    let shard: String
    let state: Slot.State
    let tries: Int
    var caption: String?
    var instruction: String?
    var seed: UInt64?
    /// SHA-256 of the picture; readers of image folders call the picture itself “image”.
    var digest: String?
    var code: String?
    var pack: String?
    var width: Int?
    var height: Int?
    var scores: [String: Double]?
    var labels: String?
    var error: String?
    var reason: String?

    private enum CodingKeys: String, CodingKey {
        case key, source, dataset, policy, variant, changes, shard, state, tries, caption, instruction, seed, digest
        case code, pack, width, height, scores, labels, error, reason
        case fileName = "file_name"
    }

    init(_ slot: Slot, in shard: ShardState, of dataset: String, labels hasLabels: Bool) {
        key = slot.key
        source = slot.image
        self.dataset = dataset
        policy = shard.policy
        variant = slot.variant
        changes = slot.changes.joined(separator: " ")
        self.shard = RunFolder.name(shard.number)
        state = slot.state
        tries = slot.tries
        switch slot.state {
        case .waiting: break
        case .done:
            guard let made = slot.made else { break }
            fileName = "\(slot.key).png"
            caption = made.caption
            instruction = made.instruction
            seed = made.seed
            digest = made.digest
            code = made.code
            pack = made.pack
            width = made.width
            height = made.height
            scores = made.scores.isEmpty ? nil : made.scores
            labels = hasLabels ? "\(slot.key).png" : nil
        case .rejected, .failed:
            error = slot.code
            reason = slot.reason
        }
    }
}
