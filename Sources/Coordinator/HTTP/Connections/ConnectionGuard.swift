import Foundation
import JobAPI
import NIOCore
import NIOHTTP1

/// Keeps one client within ``ConnectionLimits``.
///
/// It sits right behind the HTTP decoder, before the queue of the request's parts. What is decided in
/// ``ConnectionState`` is acted upon here.
final class ConnectionGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// The body of a request came too slowly.
    struct BodyTooSlow: Error {}

    /// Time in which a client that is being cut off may read why.
    private static let farewell = TimeAmount.seconds(1)

    private let limits: ConnectionLimits
    private let isRefused: Bool
    private var state: ConnectionState
    private var timer: (due: NIODeadline, task: Scheduled<Void>)?
    /// From then on nothing is passed on: the connection is being closed.
    private var isClosing = false

    /// - Parameters:
    ///   - limits: What a client may take up.
    ///   - isRefused: Whether the connection is one too many.
    init(_ limits: ConnectionLimits, isRefused: Bool) {
        self.limits = limits
        self.isRefused = isRefused
        state = ConnectionState(limits, at: .now())
    }

    // MARK: The connection

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { disarm() }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        disarm()
        context.fireChannelInactive()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        state.stall(!context.channel.isWritable, at: .now())
        arm(context)
        context.fireChannelWritabilityChanged()
    }

    private func begin(_ context: ChannelHandlerContext) {
        state = ConnectionState(limits, at: .now())
        if isRefused { return dismiss(with: Problems.tooManyConnections(), context) }
        arm(context)
    }

    // MARK: Requests

    func read(context: ChannelHandlerContext) {
        state.wait(at: .now())
        arm(context)
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        switch unwrapInboundIn(data) {
        case .head(let head): state.readHead(closes: !head.isKeepAlive, at: .now())
        case .body(let bytes): state.readBody(bytes.readableBytes, at: .now())
        case .end: state.readEnd()
        }
        judge(context)
        if !isClosing { context.fireChannelRead(data) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isClosing else { return }
        // With nothing under way there is no route that could answer.
        guard let error = error as? HTTPParserError, state.owed == 0, !state.isReadingBody else {
            return context.fireErrorCaught(error)
        }
        dismiss(with: error == .headerOverflow ? Problems.headersTooLarge() : Problems.malformedRequest(), context)
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isClosing else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let head): state.writeHead(closes: !head.isKeepAlive)
        case .body: break
        case .end:
            state.writeEnd(at: .now())
            arm(context)
        }
        context.write(data, promise: promise)
    }

    // MARK: Limits

    private func arm(_ context: ChannelHandlerContext) {
        guard !isClosing else { return }
        guard let due = state.deadline else { return }
        // An earlier timer looks again when it fires.
        if let timer, timer.due <= due { return }
        disarm()
        let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: due) { [self] in
            timer = nil
            judge(context)
            arm(context)
        }
        timer = (due, task)
    }

    private func disarm() {
        timer?.task.cancel()
        timer = nil
    }

    private func judge(_ context: ChannelHandlerContext) {
        guard !isClosing, context.channel.isActive else { return }
        switch state.verdict(at: .now()) {
        case .goOn: return
        case .slowHead: dismiss(with: Problems.requestTooSlow(), context)
        case .slowBody:
            // The route ends with this error and its answer goes out; whatever it does, the connection ends.
            context.fireErrorCaught(BodyTooSlow())
            close(context, after: Self.farewell)
        case .close:
            isClosing = true
            context.close(promise: nil)
        }
    }

    /// Answers in place of the routes, and ends the connection.
    private func dismiss(with problem: ProblemDetails, _ context: ChannelHandlerContext) {
        guard !isClosing else { return }
        isClosing = true
        disarm()
        let body = (try? WireFormat.encode(problem)) ?? Data()
        var headers = HTTPHeaders([
            ("content-type", Routes.problemContentType), ("content-length", String(body.count)),
            ("connection", "close"),
        ])
        if problem.status == 503 { headers.add(name: "retry-after", value: "1") }
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: problem.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        // Closed at once, with bytes unread, the answer would be lost on its way.
        context.close(mode: .output, promise: nil)
        close(context, after: Self.farewell)
    }

    private func close(_ context: ChannelHandlerContext, after delay: TimeAmount) {
        context.eventLoop.assumeIsolated().scheduleTask(in: delay) { context.close(promise: nil) }
    }
}
