/// What earlier runs into a folder have planned: read from its shards, one at a time.
struct Standing {
    /// The data set of each image that has samples, by a hash of its key.
    private(set) var owners: [UInt64: Int] = [:]

    /// How many samples of a policy there are of an image.
    private var counts: [String: [UInt64: Int]] = [:]

    /// Changes of samples, by policy.
    private(set) var changes: [String: [(image: UInt64, changes: [String])]] = [:]

    /// Shards that are not complete.
    private(set) var open: [Int] = []

    /// The policies of these.
    private(set) var policies: [Int: String] = [:]

    /// How the samples stand.
    private(set) var tally = RunTally()

    init() {}

    /// - Parameters:
    ///   - shards: how many there are.
    ///   - observe: sees every sample, and the name of its policy.
    init(
        _ folder: RunFolder, shards: Int, _ observe: (Slot, String) -> Void = { _, _ in }
    ) throws(AugmentationError) {
        for number in 0..<shards {
            let shard = try folder.shardState(number: number)
            if !shard.isSealed {
                open.append(number)
                policies[number] = shard.policy
            }
            for slot in shard.slots {
                add(slot, policy: shard.policy)
                observe(slot, shard.policy)
            }
        }
    }

    private mutating func add(_ slot: Slot, policy: String) {
        let image = SampleSeed.hash(slot.image)
        owners[image] = slot.dataset
        counts[policy, default: [:]][image, default: 0] += 1
        if !slot.changes.isEmpty { changes[policy, default: []].append((image, slot.changes)) }
        tally.add(slot.state)
    }

    func samples(of policy: String, image: UInt64) -> Int { counts[policy]?[image] ?? 0 }

    func samples(of policy: String) -> Int { counts[policy]?.values.reduce(0, +) ?? 0 }
}

/// How many samples stand where.
package struct RunTally: Sendable, Equatable, Codable {
    package var total = 0
    package var done = 0
    package var rejected = 0
    package var failed = 0

    package init() {}

    /// Samples of which it is known what became of them.
    package var settled: Int { done + rejected + failed }

    mutating func add(_ state: Slot.State) {
        total += 1
        count(state, 1)
    }

    mutating func move(from old: Slot.State, to new: Slot.State) {
        count(old, -1)
        count(new, 1)
    }

    private mutating func count(_ state: Slot.State, _ number: Int) {
        switch state {
        case .waiting: break
        case .done: done += number
        case .rejected: rejected += number
        case .failed: failed += number
        }
    }
}
