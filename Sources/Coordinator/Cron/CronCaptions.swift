import JobStore
import Jobs

/// The check of a cron entry's captions against the words of its model.
enum CronCaptions {
    /// Captions of which the model knows no word; no more than a list of errors may have.
    @Sendable static func refused(by model: AnnouncedModel, _ items: [CaptionItem]) -> [LineError] {
        CaptionCheck(model: model.name, words: model.vocabulary).refused(items)
    }
}
