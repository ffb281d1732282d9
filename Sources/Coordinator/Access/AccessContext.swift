import Hummingbird

/// What routes know of a request besides the request itself: who makes it.
struct AccessContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Who makes it; put here before any route runs.
    var principal = Principal.nobody

    init(source: Source) {
        coreContext = .init(source: source)
    }
}
