import JobAPI
import JobStore
import Jobs

/// The check of a cron entry's captions against the words of its model.
enum CronCaptions {
    /// Captions of which the model knows no word; no more than a list of errors may have.
    @Sendable static func refused(by model: AnnouncedModel, _ items: [CaptionItem]) -> [LineError] {
        let check = CaptionCheck(model: model.name, words: model.vocabulary)
        var errors: [LineError] = []
        for (index, item) in items.enumerated() where errors.count < Limits.maximumItemErrors {
            guard let complaint = check.complaint(about: item.caption) else { continue }
            errors.append(LineError(line: index + 1, error: ItemError(.unknownWords, complaint)))
        }
        return errors
    }
}
