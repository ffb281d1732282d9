import NIOCore
import Testing

@testable import Coordinator

@Suite("Limits of a connection")
struct ConnectionTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private static func at(_ seconds: Int64) -> NIODeadline { start + .seconds(seconds) }

    @Test("A body at the slowest pace never runs out of patience, a slower one does, and a pause of the server is free")
    func pace() throws {
        var steady = BodyPace(patience: .seconds(10), bytesPerSecond: 100)
        for second in Int64(0)..<100 {
            steady.wait(at: Self.at(second))
            #expect(try #require(steady.deadline) > Self.at(second + 1))
            steady.receive(100, at: Self.at(second + 1))
        }
        var slow = BodyPace(patience: .seconds(10), bytesPerSecond: 100)
        for second in Int64(0)..<18 {
            slow.wait(at: Self.at(second))
            slow.receive(50, at: Self.at(second + 1))
        }
        slow.wait(at: Self.at(18))
        #expect(slow.deadline == Self.at(19))
        var paused = BodyPace(patience: .seconds(10), bytesPerSecond: 100)
        paused.wait(at: Self.at(0))
        paused.receive(1 << 40, at: Self.at(1))
        #expect(paused.deadline == nil)
        paused.wait(at: Self.at(1_000))
        #expect(paused.deadline == Self.at(1_010))
    }

    @Test("The first head has its time, and only the first")
    func head() {
        var state = ConnectionState(ConnectionLimits(), at: Self.at(0))
        #expect(state.deadline == Self.at(10))
        #expect(state.verdict(at: Self.at(9)) == .goOn)
        #expect(state.verdict(at: Self.at(10)) == .slowHead)
        state.readHead(closes: false, at: Self.at(5))
        state.readEnd()
        #expect(state.deadline == nil)
        state.writeHead(closes: false)
        state.writeEnd(at: Self.at(6))
        #expect(state.deadline == nil && state.verdict(at: Self.at(1_000)) == .goOn)
    }

    @Test("Behind an early answer a little more is read, in time and in bytes")
    func lingering() {
        var state = ConnectionState(ConnectionLimits(), at: Self.at(0))
        state.readHead(closes: false, at: Self.at(0))
        state.wait(at: Self.at(0))
        state.writeHead(closes: false)
        state.writeEnd(at: Self.at(1))
        #expect(state.deadline == Self.at(6))
        state.readBody(1 << 20, at: Self.at(2))
        #expect(state.verdict(at: Self.at(2)) == .goOn)
        #expect(state.verdict(at: Self.at(6)) == .close)
        state.readBody(64 << 20, at: Self.at(3))
        #expect(state.verdict(at: Self.at(3)) == .close)
    }

    @Test("A connection that was to end is ended, also where the client stays")
    func last() {
        var state = ConnectionState(ConnectionLimits(), at: Self.at(0))
        state.readHead(closes: true, at: Self.at(0))
        state.readEnd()
        state.writeHead(closes: true)
        state.writeEnd(at: Self.at(1))
        #expect(state.verdict(at: Self.at(6)) == .close)
    }

    @Test("An answer that nobody reads ends the connection, one that is read late does not")
    func stalled() {
        var state = ConnectionState(ConnectionLimits(), at: Self.at(0))
        state.readHead(closes: false, at: Self.at(0))
        state.readEnd()
        state.stall(true, at: Self.at(1))
        state.stall(true, at: Self.at(100))
        #expect(state.verdict(at: Self.at(120)) == .goOn)
        #expect(state.verdict(at: Self.at(121)) == .close)
        state.stall(false, at: Self.at(121))
        #expect(state.verdict(at: Self.at(500)) == .goOn)
    }

    @Test("Places are counted, and uploads share their memory")
    func counts() {
        let count = UseCount(limit: 2)
        #expect(count.enter() && count.enter() && !count.enter())
        count.leave()
        #expect(count.enter() && count.current == 2)
        #expect(FileDescriptors.connections(16_384, within: 1_024) == 768)
        #expect(FileDescriptors.connections(16_384, within: 1 << 20) == 16_384)
        #expect(ItemUpload.fullChunk(among: 1) == 4 << 20)
        #expect(ItemUpload.fullChunk(among: 64) == 1 << 20)
        #expect(ItemUpload.fullChunk(among: 10_000) == 64 << 10)
    }
}
