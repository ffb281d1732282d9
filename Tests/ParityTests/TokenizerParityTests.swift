import Captions
import Foundation
import Testing

/// Equality with CLIP's published tokeniser on the captions of the golden data.
@Suite("Tokenizer parity", .enabled(if: GoldenFolder.exists || GoldenFolder.isRequired))
struct TokenizerParityTests {
    private struct Manifest: Decodable {
        struct Configuration: Decodable {
            var vocab_size: Int
            var start_token: Int
            var end_token: Int
            var context_length: Int
        }
        struct Caption: Decodable {
            var text: String
            var ids: [Int]
        }
        var config: Configuration
        var captions: [Caption]
    }

    /// The list of merges, which `Deploy/setup` fetches, or the one that `TEDI_CLIP_MERGES` names.
    static let merges: String = {
        if let path = ProcessInfo.processInfo.environment["TEDI_CLIP_MERGES"], !path.isEmpty { return path }
        let package = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        return package.appendingPathComponent(".build/clip/merges.txt").path
    }()

    static let hasMerges = FileManager.default.fileExists(atPath: merges)

    @Test(
        "Every caption gets the published ids",
        .enabled(if: hasMerges || GoldenFolder.isRequired, "there is no list of merges; Deploy/setup fetches it"))
    func captions() throws {
        let tokenizer = try BytePairTokenizer(contentsOfFile: Self.merges)
        for fixture in try GoldenFolder.fixtures(of: "CLIP byte-pair") {
            let manifest: Manifest = try GoldenFolder.decoded(fixture)
            #expect(tokenizer.vocabularySize == manifest.config.vocab_size)
            #expect(tokenizer.startToken == manifest.config.start_token)
            #expect(tokenizer.endToken == manifest.config.end_token)
            #expect(!manifest.captions.isEmpty)
            var right = 0
            for caption in manifest.captions {
                let ids = try tokenizer.encode(caption.text)
                #expect(ids == caption.ids, "\(fixture): \(caption.text)")
                let length = manifest.config.context_length
                if caption.ids.count <= length {
                    let row = try tokenizer.padded([caption.text], contextLength: length)[0]
                    #expect(row == caption.ids + Array(repeating: 0, count: length - caption.ids.count))
                }
                right += ids == caption.ids ? 1 : 0
            }
            print("parity tokens \(fixture): \(right) of \(manifest.captions.count) captions")
        }
    }
}

extension GoldenFolder {
    /// The fixtures whose module begins with `module`; there may be none in a folder.
    static func fixtures(of module: String) throws -> [String] {
        try fixtures.filter { try manifest($0).module.hasPrefix(module) }
    }

    /// A manifest, in a form of the caller's.
    static func decoded<Manifest: Decodable>(_ fixture: String) throws -> Manifest {
        try JSONDecoder().decode(Manifest.self, from: Data(contentsOf: url.appendingPathComponent(fixture + ".json")))
    }
}
