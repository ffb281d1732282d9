/// What a run has made, in numbers.
package struct RunSummary: Sendable, Equatable, Codable {
    /// The samples of one policy.
    package struct Policy: Sendable, Equatable, Codable {
        package var samples = RunTally()
        /// Tries that were judged.
        package var tries = 0
        /// Tries that were good enough.
        package var accepted = 0
        /// How often each gate kept a try out.
        package var gates: [String: Int] = [:]
        /// Samples with each score, and the sum of these.
        package var scores: [String: Mean] = [:]
    }

    /// A mean in the making.
    package struct Mean: Sendable, Equatable, Codable {
        package var count = 0
        package var sum = 0.0

        package var value: Double { count == 0 ? 0 : sum / Double(count) }
    }

    package var samples = RunTally()
    package var policies: [String: Policy] = [:]
    /// Packs that had a hand in it, by digest.
    package var packs: [String: Int] = [:]
    /// Why samples failed, by the word for it.
    package var failures: [String: Int] = [:]
    /// Files and rows of the data sets that are no image.
    package var defects = 0
    /// Images that have changed since samples were made of them.
    package var changed = ChangedImages()

    mutating func add(_ slot: Slot, policy name: String) {
        samples.add(slot.state)
        policies[name, default: Policy()].add(slot)
        if let made = slot.made, !made.pack.isEmpty { packs[made.pack, default: 0] += 1 }
        if slot.state == .failed { failures[slot.code ?? "unknown", default: 0] += 1 }
    }
}

extension RunSummary.Policy {
    mutating func add(_ slot: Slot) {
        samples.add(slot.state)
        tries += slot.tries
        if let made = slot.made {
            accepted += 1
            for (name, value) in made.scores {
                scores[name, default: RunSummary.Mean()].count += 1
                scores[name, default: RunSummary.Mean()].sum += value
            }
        }
        for reason in slot.rejects.flatMap(\.reasons) {
            gates[String(reason.prefix { $0 != " " }), default: 0] += 1
        }
    }
}
