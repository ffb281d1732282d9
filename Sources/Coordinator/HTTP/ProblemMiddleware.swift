import HTTPTypes
import Hummingbird
import JobAPI
import Logging
import Metrics
import Telemetry

/// Turns every error of a route into Problem Details, and counts and times every answer.
///
/// What an error says inside stays inside: an unknown one is logged and answered with a constant text.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            response = answer(error, to: request, context)
        }
        let route = context.endpointPath ?? "unknown"
        Counter(
            label: MetricName.requests,
            dimensions: [
                ("method", request.method.rawValue), ("route", route), ("status", String(response.status.code)),
            ]
        ).increment()
        Timer(label: MetricName.requestDuration, dimensions: [("route", route)])
            .recordNanoseconds((ContinuousClock.now - start).nanoseconds)
        return response
    }

    private func answer(_ error: any Error, to request: Request, _ context: Context) -> Response {
        var problem = Problems.problem(for: error) ?? Problems.internalError()
        problem.instance = request.uri.path
        if problem.status >= 500, !(error is CancellationError) {
            context.logger.error(
                "Request failed",
                metadata: [
                    LogKey.request: "\(request.method) \(request.uri.path)", LogKey.status: "\(problem.status)",
                    LogKey.error: "\(error)",
                ])
        }
        let response = Answers.problem(problem)
        // The answer to HEAD has no body: what came would be taken for the beginning of the next answer.
        guard request.method != .head else { return Response(status: response.status, headers: response.headers) }
        return response
    }
}

extension Duration {
    /// The duration in nanoseconds, as timers take it.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
