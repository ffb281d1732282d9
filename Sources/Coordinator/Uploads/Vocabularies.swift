import JobStore
import Jobs
import Synchronization

/// The words of the models, kept after their first use: a digest never changes what it stands for.
final class Vocabularies: Sendable {
    /// Models that are kept; beyond it, all are forgotten and read again as they are wanted.
    private static let limit = 64

    private let store: JobStore
    private let known = Mutex<[String: CaptionCheck]>([:])

    init(store: JobStore) { self.store = store }

    /// The check of captions for a model.
    func check(digest: String, kind: JobKind = .generate) async throws -> CaptionCheck {
        if let check = CaptionCheck(kind: kind) { return check }
        if let check = known.withLock({ $0[digest] }) { return check }
        return check(of: try await store.model(named: digest).model)
    }

    /// The check of captions for a model that is at hand.
    func check(of model: AnnouncedModel, kind: JobKind = .generate) -> CaptionCheck {
        if let check = CaptionCheck(kind: kind) { return check }
        if let check = known.withLock({ $0[model.digest] }) { return check }
        let check = CaptionCheck(model: model.name, words: model.vocabulary)
        known.withLock { known in
            if known.count >= Self.limit { known = [:] }
            known[model.digest] = check
        }
        return check
    }
}
