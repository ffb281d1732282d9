import Glibc
import Jobs
import Synchronization
import WorkerRuntime

/// A small deterministic model: stripes whose colours come from the caption, the seed and the sample.
///
/// Words of the caption steer it: `broken` makes a forward pass fail, `unknown` is objected to.
struct TestModel: ImageModel {
    /// What a test can see of the model and do to it while it runs.
    final class Switchboard: Sendable {
        struct State: Sendable {
            var groups: [[JobRequest]] = []
            var isHeld = false
            var isDead = false
            var passTime = Duration.zero
            var running = 0
        }

        private let state = Mutex(State())

        var snapshot: State { state.withLock { $0 } }

        func change(_ body: (inout State) -> Void) {
            state.withLock { body(&$0) }
        }

        /// Blocks the model's thread while the test holds it.
        func pass(_ requests: [JobRequest]) {
            let time = state.withLock { state in
                state.groups.append(requests)
                state.running += 1
                return state.passTime
            }
            usleep(UInt32(time / .microseconds(1)))
            while state.withLock({ $0.isHeld }) { usleep(1_000) }
            state.withLock { $0.running -= 1 }
        }
    }

    static let digest = String(repeating: "5", count: 64)

    let switchboard: Switchboard
    let size = 16

    var identity: ModelIdentity {
        ModelIdentity(
            name: "stripes", digest: Self.digest, resolution: size, layers: 2, vocabulary: ["a", "man"], device: "cpu",
            versions: ["test": "1"])
    }

    func objection(to request: JobRequest) -> String? {
        request.caption.contains("unknown") ? "the caption names nothing" : nil
    }

    func generate(_ requests: [JobRequest]) throws(ModelError) -> [GeneratedImage] {
        switchboard.pass(requests)
        if switchboard.snapshot.isDead { throw .failed("the device is gone") }
        if let guilty = requests.first(where: { $0.caption.contains("broken") }) {
            throw .failed("cannot draw \(guilty.caption)")
        }
        return requests.map(picture)
    }

    func selfTest() throws(ModelError) {
        if switchboard.snapshot.isDead { throw .failed("the device is gone") }
    }

    private func picture(_ request: JobRequest) -> GeneratedImage {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in Array(request.caption.utf8) + [UInt8(truncatingIfNeeded: request.sample)] {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        hash = hash &+ request.seed &* 0x9E37_79B9_7F4A_7C15
        let pixels = (0..<size * size * 3).map { UInt8(truncatingIfNeeded: hash >> UInt64($0 % 56)) }
        let code = (0..<8).map { Float(UInt16(truncatingIfNeeded: hash >> UInt64($0 * 6))) }
        return GeneratedImage(
            pixels: pixels, width: size, height: size, code: code, layers: 2, attributes: ["Male": "present"])
    }
}
