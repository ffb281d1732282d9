import JobAPI
import Jobs

/// The items in the body of a request that are no items, by their places in it.
struct RefusedItems: Error {
    /// What is wrong with each; reading stops where there are ``Limits/maximumItemErrors``.
    var errors: [ProblemDetails.ItemError] = []

    /// Reads the items in the body of a request, all of them or none.
    static func check(
        _ items: [CronItem], kind: JobKind, batch: JobOptions
    ) throws(RefusedItems) -> [CaptionItem] {
        var read: [CaptionItem] = []
        read.reserveCapacity(items.count)
        var refused = RefusedItems()
        for (index, item) in items.enumerated() where refused.errors.count < Limits.maximumItemErrors {
            do throws(ItemError) {
                read.append(try CaptionItem(item, kind: kind, batch: batch))
            } catch {
                refused.errors.append(
                    ProblemDetails.ItemError(
                        line: index + 1, code: ProblemCode(rawValue: error.code.rawValue), message: error.message))
            }
        }
        guard refused.errors.isEmpty else { throw refused }
        return read
    }
}
