import Testing

@testable import Jobs

@Suite("Cron entries") struct CronSpecificationTests {
    private func make(
        name: String = "n", zone: String = "UTC", samples: Int = 1, items: [CaptionItem]
    ) throws -> CronSpecification {
        try CronSpecification(
            name: name, expression: try CronExpression("@daily"), zone: zone,
            batch: try BatchSpecification(name: "b", model: "m", samples: samples), items: items)
    }

    private func field(_ body: () throws -> CronSpecification) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? SpecificationError)?.field
        }
    }

    @Test func writesAndReadsCaptions() throws {
        let items = [
            try CaptionItem(caption: "tab\t \"quotes\" \\ \u{1} é😀\nnext", customID: "a\"\n", seed: UInt64(Int64.max)),
            try CaptionItem(caption: "plain"),
        ]
        let specification = try make(items: items)
        #expect(try CronSpecification.items(decoding: specification.encodedItems()) == items)
    }

    @Test func everySizeHasALimit() throws {
        let item = try CaptionItem(caption: "x")
        let many = [CaptionItem](repeating: item, count: 1_000)
        #expect(field { try make(samples: 10, items: many) } == nil)
        #expect(field { try make(samples: 11, items: many) } == "samples")
        #expect(field { try make(items: many + [item]) } == "items")
        #expect(field { try make(items: []) } == "items")
        let long = [CaptionItem](
            repeating: try CaptionItem(caption: String(repeating: "\"", count: 1_000)), count: 600)
        #expect(field { try make(items: long) } == "items", "escapes count: 600 lines of 2,016 bytes")
        let named = try CaptionItem(caption: "x", customID: "a")
        #expect(field { try make(items: [named, item, named]) } == "items")
        for name in ["", "A", "é", "a b", "a/b", ".a", "-a", "_a", String(repeating: "a", count: 65)] {
            #expect(field { try make(name: name, items: [item]) } == "name", "\(name)")
        }
        for name in ["a", "0", "a.b-c_d", String(repeating: "a", count: 64)] {
            #expect(field { try make(name: name, items: [item]) } == nil)
        }
        for zone in ["", "a b", "é", String(repeating: "a", count: 65)] {
            #expect(field { try make(zone: zone, items: [item]) } == "zone")
        }
    }

    @Test func seedsGoOnBehindTheLast() {
        #expect(CronSpecification.seed(after: 7, lines: 3, samples: 4) == 19)
        #expect(CronSpecification.seed(after: UInt64(Int64.max), lines: 1, samples: 1) == 0)
    }
}
