import Artifacts
import Jobs
import Testing

@Suite struct FormatTests {
    @Test func namesAreTheSHA256OfTheBytes() {
        // The test vectors of FIPS 180-4 for the empty message and for "abc".
        #expect(
            ArtifactDigest(of: []).hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            ArtifactDigest(of: Array("abc".utf8)).hex
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test(arguments: [
        "", "abc", "../../../../etc/passwd", String(repeating: "A", count: 64), String(repeating: "0", count: 65),
        String(repeating: "/", count: 64), String(repeating: "é", count: 32),
    ])
    func refusesWhatIsNoDigest(_ text: String) {
        #expect(ArtifactDigest(hex: text) == nil)
    }

    @Test func manifestSurvivesTheRoundTrip() throws {
        let manifest = sampleManifest()
        #expect(try ArtifactManifest(decoding: manifest.encoded()) == manifest)
    }

    @Test func manifestOfAnotherVersionIsRefused() throws {
        var manifest = sampleManifest()
        manifest.version = 3
        let bytes = try manifest.encoded()
        let error = #expect(throws: ArtifactError.self) { try ArtifactManifest(decoding: bytes) }
        #expect(error?.message.contains("version 3") == true)
    }

    @Test func manifestOfPlainPicturesIsThatOfTheFirstVersion() throws {
        let manifest = sampleManifest()
        #expect(manifest.version == 1 && manifest.inputs == nil && manifest.outputs == nil && manifest.scores == nil)
        let text = String(decoding: try manifest.encoded(), as: UTF8.self)
        for name in ["inputs", "outputs", "scores"] { #expect(!text.contains(#""\#(name)""#)) }
        #expect(manifest.details == .none)
    }

    @Test func manifestTellsInputsOutputsAndScores() throws {
        let inputs: [ArtifactManifest.File] = [
            .init(name: "photo", digest: ArtifactDigest(of: [5])),
            .init(name: "sources", digest: ArtifactDigest(of: [6])),
        ]
        let details = JobDetails(
            outputs: [JobOutput(name: "losses.json", digest: ArtifactDigest(of: [7]).hex, bytes: 1)],
            scores: [.identity: 0.5, .loss: 12.25])
        let manifest = sampleManifest(inputs: inputs, details: details)
        #expect(manifest.version == 2)
        let back = try ArtifactManifest(decoding: manifest.encoded())
        #expect(back == manifest)
        #expect(back.inputs == inputs)
        #expect(back.details == details)
    }

    @Test(arguments: ["", "{}", "[1", "null", #"{"version":1,"job":"x"}"#])
    func malformedManifestIsCorrupt(_ text: String) {
        let error = #expect(throws: ArtifactError.self) { try ArtifactManifest(decoding: Array(text.utf8)) }
        #expect(error?.code == .corrupt)
    }

    @Test func latentCodeIsASafetensorsFile() throws {
        let values: [Float] = [0, -1.5, .pi, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -0.0]
        let code = try LatentCodeFile(layers: 2, width: 3, values: values)
        let bytes = code.encoded()
        let header = Int(bytes[0]) + Int(bytes[1]) << 8
        #expect(header % 8 == 0)
        #expect(bytes.count == 8 + header + 24)
        #expect(bytes[(8 + header + 4)..<(8 + header + 8)] == [0x00, 0x00, 0xC0, 0xBF])
        let back = try LatentCodeFile(decoding: bytes)
        #expect(back.values.map(\.bitPattern) == values.map(\.bitPattern))
        #expect(back == code)
    }

    @Test func latentCodeOfAnotherShapeIsRefused() throws {
        #expect(throws: ArtifactError.self) { try LatentCodeFile(layers: 2, width: 3, values: [1]) }
        #expect(throws: ArtifactError.self) { try LatentCodeFile(layers: .max, width: 2, values: []) }
        let bytes = try LatentCodeFile(layers: 1, width: 2, values: [1, 2]).encoded()
        for length in 0..<bytes.count {
            #expect(throws: ArtifactError.self) { try LatentCodeFile(decoding: Array(bytes[..<length])) }
        }
        var huge = bytes
        huge.replaceSubrange(0..<8, with: [UInt8](repeating: 0xFF, count: 8))
        #expect(throws: ArtifactError.self) { try LatentCodeFile(decoding: huge) }
    }

    @Test func mediaTypeIsToldFromTheBytes() {
        #expect(ArtifactKind.mediaType(of: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0]) == "image/png")
        #expect(ArtifactKind.mediaType(of: [0x89, 0x50]) == "application/octet-stream")
        #expect(ArtifactKind.mediaType(of: [0xFF, 0xD8, 0xFF, 0xE0]) == "image/jpeg")
        #expect(ArtifactKind.mediaType(of: Array(#"{"steps":[1],"losses":{}}"#.utf8)) == "application/json")
        // A list, one object a line, is no JSON.
        #expect(ArtifactKind.mediaType(of: Array("{}\n{}".utf8)) == "application/octet-stream")
        #expect(ArtifactKind.mediaType(of: []) == "application/octet-stream")
    }
}
