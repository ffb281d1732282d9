/// A sample that is wanted, and what has become of it so far.
package struct Slot: Codable, Sendable, Equatable {
    /// Where it stands.
    package enum State: String, Codable, Sendable {
        /// To be made, or being made.
        case waiting
        /// Made, and good enough.
        case done
        /// Made as often as it may be, never good enough.
        case rejected
        /// Impossible to make.
        case failed
    }

    /// Name of its files, unique in the run.
    package let key: String
    /// Key of the image that it is made from.
    package let image: String
    /// Which of the data sets the image is of.
    package let dataset: Int
    /// Number of the sample among those of its image and policy.
    package let variant: Int
    /// Attributes that change, such as `+Smiling`.
    package let changes: [String]
    package var state = State.waiting
    /// Tries that were judged.
    package var tries = 0
    /// Tries that it may have.
    package var limit: Int
    /// SHA-256 of the picture that jobs work on, once the store has it.
    package var input: String?
    /// What tells the file that this was made of from a later one of the same name; nil where nobody has noted it.
    package var stamp: SourceStamp?
    /// What came of it.
    package var made: Made?
    /// Tries that a gate kept out.
    package var rejects: [Reject] = []
    /// Why it failed: a word for programs, and a sentence.
    package var code: String?
    package var reason: String?

    /// A try that a gate kept out.
    package struct Reject: Codable, Sendable, Equatable {
        package let number: Int
        package let seed: UInt64
        package let reasons: [String]
        package let scores: [String: Double]
    }

    /// A sample that is good enough.
    package struct Made: Codable, Sendable, Equatable {
        /// SHA-256 of the picture.
        package let digest: String
        package let width: Int
        package let height: Int
        /// What is to be seen.
        package let caption: String
        /// What the model was asked for.
        package let instruction: String
        package let seed: UInt64
        /// Number of the try, from 0.
        package let number: Int
        package let scores: [String: Double]
        /// SHA-256 of the W+ code, and of the model pack; empty where no model had a hand in it.
        package let code: String
        package let pack: String
    }

    package init(
        key: String, image: String, dataset: Int, variant: Int, changes: [String] = [], limit: Int
    ) {
        self.key = key
        self.image = image
        self.dataset = dataset
        self.variant = variant
        self.changes = changes
        self.limit = limit
    }

    /// The name of a sample's files; no two samples have one, see ``RecipeReader``.
    package static func key(image: String, policy: String, variant: Int) -> String { "\(image)-\(policy)-\(variant)" }

    /// Notes that it cannot be made.
    mutating func fail(_ code: String, _ reason: String) {
        state = .failed
        self.code = code
        self.reason = reason
    }

    /// Lets a sample that failed or was rejected be tried again, as often as before.
    mutating func reopen(tries more: Int) {
        guard state == .failed || state == .rejected else { return }
        state = .waiting
        limit = tries + more
        code = nil
        reason = nil
        input = nil
        stamp = nil
    }
}

/// The samples of one shard; they are of one policy and stay in their order, and in their shard, for good.
package struct ShardState: Codable, Sendable, Equatable {
    package let number: Int
    /// Name of the policy.
    package let policy: String
    package var slots: [Slot]
    /// Whether the shard is complete as far as it can be.
    package var isSealed = false

    package init(number: Int, policy: String, slots: [Slot]) {
        self.number = number
        self.policy = policy
        self.slots = slots
    }
}
