import Foundation
import Fuzzing
import Testing

@testable import Jobs

@Suite("Hostile lines, facts and requests") struct FuzzTests {
    /// Objects whose values Foundation reads, to compare with ours.
    private static func foundation(_ bytes: [UInt8]) -> [String: Any]? {
        (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any]
    }

    /// Foundation loses a byte order mark within a string where an escape stands before it.
    private static func comparable(_ text: String?) -> String? {
        text.map { String(String.UnicodeScalarView($0.unicodeScalars.filter { $0.value != 0xFEFF })) }
    }

    /// Foundation's numbers are off by a few units in the last place.
    private static func areClose(_ theirs: Double?, _ ours: Double?) -> Bool {
        guard let theirs, let ours else { return theirs == nil && ours == nil }
        return abs(theirs - ours) <= abs(ours) * 1e-13
    }

    @Test("What is accepted as a line is what Foundation reads, and comes back the same from our own JSON")
    func lines() throws {
        var accepted = 0
        for var run in Fuzz(cases: 2_000) {
            let line = Self.line(&run.generator)
            let item: CaptionItem
            do throws(ItemError) {
                item = try CaptionItem(parsing: line)
            } catch {
                #expect(!error.message.isEmpty && error.message.utf8.count < 1_000, "\(run)")
                continue
            }
            accepted += 1
            let theirs = try #require(Self.foundation(line), "only ours accepts it; \(run)")
            #expect(Self.comparable(theirs["caption"] as? String) == Self.comparable(item.caption), "\(run)")
            #expect(Self.comparable(theirs["custom_id"] as? String) == Self.comparable(item.customID), "\(run)")
            #expect((theirs["seed"] as? NSNumber)?.uint64Value == item.seed, "\(run)")
            #expect(Set(theirs.keys).isSubset(of: ["caption", "custom_id", "seed"]), "\(run)")
            let request = JobRequest(
                caption: item.caption, seed: item.seed ?? 0, sample: 0, model: String(repeating: "d", count: 64))
            #expect(try JobRequest(decoding: request.encoded()) == request, "\(run)")
        }
        #expect(accepted > 0 || Fuzz.isReplay)
    }

    private static func isAtEnd(_ scanner: inout JSONScanner) -> Bool {
        do {
            return try scanner.nextKey() == nil
        } catch {
            return false
        }
    }

    /// A line, right or damaged.
    private static func line(_ generator: inout SplitMix64) -> [UInt8] {
        if Int.random(in: 0..<8, using: &generator) == 0 { return Mutation.noise(upTo: 300, using: &generator) }
        var object: [String: Any] = ["caption": Texts.odd(upTo: 40, using: &generator)]
        if Bool.random(using: &generator) { object["custom_id"] = Texts.odd(upTo: 12, using: &generator) }
        if Bool.random(using: &generator) { object["seed"] = UInt64.random(in: 0...UInt64.max, using: &generator) >> 1 }
        let right = (try? JSONSerialization.data(withJSONObject: object)).map { Array($0) } ?? []
        return Int.random(in: 0..<4, using: &generator) == 0 ? right : Mutation.damaged(right, using: &generator)
    }

    @Test("What the scanner accepts as numbers, Foundation reads as the same")
    func numbers() throws {
        for var run in Fuzz(cases: 1_500) {
            let digits = Array("0123456789+-.eE".utf8)
            let text = (0..<Int.random(in: 1...12, using: &run.generator)).map { _ in
                digits[Int.random(in: digits.indices, using: &run.generator)]
            }
            let object = Array("{\"n\":".utf8) + text + Array("}".utf8)
            let theirs = (Self.foundation(object)?["n"] as? NSNumber)
            var scanner = JSONScanner(object[...])
            try scanner.openObject()
            _ = try scanner.nextKey()
            var another = scanner
            if let ours = try? scanner.double(in: -1e300...1e300), Self.isAtEnd(&scanner) {
                #expect(Self.areClose(theirs?.doubleValue, ours), "\(String(decoding: text, as: UTF8.self)); \(run)")
            }
            if let ours = try? another.integer(in: .min ... .max), Self.isAtEnd(&another) {
                #expect(theirs?.int64Value == ours, "\(String(decoding: text, as: UTF8.self)); \(run)")
            }
        }
    }

    @Test("A fact that is read is the same after it was written and read again")
    func facts() throws {
        let worker = WorkerName(sanitizing: "w")
        var accepted = 0
        for var run in Fuzz(cases: 2_000) {
            let right = Self.fact(&run.generator)
            let bytes =
                switch Int.random(in: 0..<6, using: &run.generator) {
                case 0: right
                case 1: Mutation.noise(upTo: 200, using: &run.generator)
                default: Mutation.damaged(right, using: &run.generator)
                }
            let fact: Fact
            do throws(FactError) {
                fact = try Fact(decoding: bytes, from: worker)
            } catch {
                #expect(!error.description.isEmpty && error.description.utf8.count < 1_000, "\(run)")
                continue
            }
            accepted += 1
            let again = Self.spelling(fact.event, fact.lease)
            #expect(try Fact(decoding: again, from: worker) == fact, "\(run)")
            #expect(again.count <= Fact.Event.maximumBodyBytes + 100, "\(run)")
            if case .failed(let failure) = fact.event {
                #expect(failure.message.utf8.count <= JobFailure.maximumMessageBytes, "\(run)")
                #expect(!failure.message.utf8.contains(0), "\(run)")
            }
        }
        #expect(accepted > 0 || Fuzz.isReplay)
    }

    private static func spelling(_ event: Fact.Event, _ lease: Lease) -> [UInt8] {
        Array("\(event.kind) \(lease.job) \(lease.epoch) ".utf8) + event.encodedBody()
    }

    private static func fact(_ generator: inout SplitMix64) -> [UInt8] {
        let lease = Lease(
            job: JobID(Int64.random(in: .min ... .max, using: &generator)),
            epoch: Epoch(Int64.random(in: .min ... .max, using: &generator)))
        let event: Fact.Event =
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: .started
            case 1: .lost(begun: Bool.random(using: &generator))
            case 2: .snoozed(.milliseconds(Int64.random(in: -5...1 << 40, using: &generator)))
            case 3, 4:
                .failed(
                    JobFailure(
                        code: Texts.odd(upTo: 30, using: &generator), message: Texts.odd(upTo: 900, using: &generator),
                        retryable: Bool.random(using: &generator)))
            default:
                .done(
                    JobResult(
                        imageDigest: String(repeating: "a", count: 64),
                        bytes: Int(Int32.random(in: 0...Int32.max, using: &generator)), width: 64, height: 64,
                        codeDigest: String(repeating: "b", count: 64),
                        manifestDigest: Bool.random(using: &generator) ? String(repeating: "c", count: 64) : nil,
                        milliseconds: Int.random(in: 0...604_800_000, using: &generator)))
            }
        return spelling(event, lease)
    }

    @Test("A request that is read is the same after it was written and read again")
    func requests() throws {
        for var run in Fuzz(cases: 1_500) {
            let request = JobRequest(
                caption: Texts.odd(upTo: 60, using: &run.generator),
                seed: UInt64.random(in: 0...UInt64.max, using: &run.generator) >> 1,
                sample: Int.random(in: 0..<1_000, using: &run.generator),
                model: Texts.odd(upTo: 20, using: &run.generator),
                truncation: Bool.random(using: &run.generator) ? Double.random(in: 0...2, using: &run.generator) : nil)
            #expect(try JobRequest(decoding: request.encoded()) == request, "\(run)")
            let damaged = Mutation.damaged(request.encoded(), using: &run.generator)
            let read: JobRequest
            do throws(RequestError) {
                read = try JobRequest(decoding: damaged)
            } catch {
                #expect(error.description.utf8.count < 1_000, "\(run)")
                continue
            }
            #expect(try JobRequest(decoding: read.encoded()) == read, "\(run)")
            let theirs = try #require(Self.foundation(damaged), "only ours accepts it; \(run)")
            #expect(Self.comparable(theirs["caption"] as? String) == Self.comparable(read.caption), "\(run)")
            #expect(Self.areClose((theirs["truncation"] as? NSNumber)?.doubleValue, read.truncation), "\(run)")
        }
    }

    @Test("Names of workers are plain, whatever they were made of")
    func workerNames() {
        for var run in Fuzz(cases: 2_000) {
            let name = WorkerName(sanitizing: Texts.odd(upTo: 200, using: &run.generator))
            #expect(WorkerName(rawValue: name.rawValue) == name, "\(run)")
        }
    }
}
