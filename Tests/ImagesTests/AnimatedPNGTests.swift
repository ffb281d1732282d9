import Images
import Testing

@Suite("Animated PNG")
struct AnimatedPNGTests {
    /// The chunks of a file as the specification lays them out: length, name, bytes, checksum.
    private func chunks(_ file: [UInt8]) throws -> [(name: String, data: [UInt8])] {
        var chunks: [(name: String, data: [UInt8])] = []
        var position = 8
        while position < file.count {
            let length = Self.number(file[position..<position + 4])
            let name = String(decoding: file[position + 4..<position + 8], as: UTF8.self)
            chunks.append((name, Array(file[position + 8..<position + 8 + length])))
            position += 12 + length
        }
        #expect(position == file.count)
        return chunks
    }

    private static func number(_ bytes: some Collection<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }

    private func frames(_ count: Int) -> [RGBImage] {
        (0..<count).map { RGBImage(width: 9, height: 5, filledWith: RGBColour(gray: UInt8(40 * $0))) }
    }

    @Test("The chunks are those of the specification, in its order")
    func layout() throws {
        let file = try AnimatedPNG.encode(frames(3), milliseconds: 300, plays: 2)
        let chunks = try chunks(file)
        #expect(
            chunks.map(\.name) == ["IHDR", "acTL", "fcTL", "IDAT", "fcTL", "fdAT", "fcTL", "fdAT", "IEND"])
        #expect(chunks[1].data == [0, 0, 0, 3, 0, 0, 0, 2])
        let numbered = chunks.filter { ["fcTL", "fdAT"].contains($0.name) }
        #expect(numbered.map { Self.number($0.data.prefix(4)) } == Array(0..<5))
        for chunk in chunks where chunk.name == "fcTL" {
            #expect(chunk.data.count == 26)
            #expect(Array(chunk.data[4..<12]) == [0, 0, 0, 9, 0, 0, 0, 5])
            #expect(Array(chunk.data[12...]) == [0, 0, 0, 0, 0, 0, 0, 0, 1, 44, 3, 232, 0, 0])
        }
        #expect(AnimatedPNG.frameCount(of: file) == 3)
        #expect(try ImageFile.inspect(file).frames == 3)
    }

    @Test("Every picture keeps each of its pixels")
    func pictures() throws {
        let pictures = [try PNGTests.noise(33, 20), frames(1)[0].resized(width: 33, height: 20)]
        let file = try AnimatedPNG.encode(pictures, milliseconds: 40)
        // As programs read it that know of no animation.
        #expect(try PNG.decode(file) == pictures[0])
        // The second one, put into a file of its own: its bytes are those of a picture, behind a number.
        let second = try PNG.encode(pictures[1])
        let data = try chunks(file).first { $0.name == "fdAT" }?.data.dropFirst(4)
        #expect(data.map(Array.init) == (try chunks(second).first { $0.name == "IDAT" }?.data))
    }

    @Test("Checksums are right: the reader looks at those of all chunks")
    func checksums() throws {
        let file = try AnimatedPNG.encode(frames(4), milliseconds: 100)
        #expect(try PNG.decode(file).width == 9)
        // The last byte of the checksum of the header.
        var damaged = file
        damaged[32] ^= 1
        #expect(throws: ImageError.self) { try PNG.decode(damaged) }
    }

    @Test("What cannot be joined is refused")
    func refusals() throws {
        #expect(throws: ImageError.self) { try AnimatedPNG.joining([], milliseconds: 40) }
        let (one, other) = (try PNG.encode(frames(1)[0]), try PNG.encode(try PNGTests.noise(9, 6)))
        #expect(throws: ImageError.self) { try AnimatedPNG.joining([one, other], milliseconds: 40) }
        #expect(throws: ImageError.notPNG) { try AnimatedPNG.joining([[1, 2, 3]], milliseconds: 40) }
        for length in [8, 20, 40, one.count - 1] {
            #expect(throws: ImageError.self) { try AnimatedPNG.joining([Array(one.prefix(length))], milliseconds: 40) }
        }
    }

    @Test("A file whose chunks make no sense is no animation", arguments: [0, 1, 8, 12, 30])
    func nonsense(length: Int) throws {
        let file = try AnimatedPNG.encode(frames(2), milliseconds: 40)
        #expect(AnimatedPNG.frameCount(of: Array(file.prefix(length))) == 1)
        #expect(AnimatedPNG.frameCount(of: [UInt8](repeating: 0xFF, count: length)) == 1)
    }
}
