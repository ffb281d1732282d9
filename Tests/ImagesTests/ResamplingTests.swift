import Images
import Testing

@Suite("Resampling")
struct ResamplingTests {
    /// Red grows with the column, green with the row.
    private func ramp(_ width: Int, _ height: Int) -> RGBImage {
        var image = RGBImage(width: width, height: height, filledWith: .black)
        for y in 0..<height {
            for x in 0..<width { image[x, y] = RGBColour(red: UInt8(x * 4), green: UInt8(y * 4), blue: 77) }
        }
        return image
    }

    @Test("A flat picture stays flat", arguments: [ResamplingFilter.catmullRom, .lanczos, .area])
    func flat(filter: ResamplingFilter) {
        let colour = RGBColour(red: 3, green: 200, blue: 255)
        let image = RGBImage(width: 37, height: 50, filledWith: colour)
        let expected = RGBImage(width: 12, height: 90, filledWith: colour)
        #expect(image.resized(width: 12, height: 90, filter: filter) == expected)
    }

    @Test("A ramp stays a ramp away from the edge", arguments: [ResamplingFilter.catmullRom, .lanczos, .area])
    func ramps(filter: ResamplingFilter) {
        let small = ramp(60, 60).resized(width: 20, height: 20, filter: filter)
        for place in 4..<16 {
            #expect(abs(Int(small[place, 9].red) - (place * 3 + 1) * 4) <= 1)
            #expect(abs(Int(small[9, place].green) - (place * 3 + 1) * 4) <= 1)
        }
    }

    @Test("Lanczos keeps more of fine stripes than the cubic")
    func sharpness() {
        var stripes = RGBImage(width: 240, height: 8, filledWith: .black)
        for x in 0..<240 where x / 6 % 2 == 0 {
            for y in 0..<8 { stripes[x, y] = .white }
        }
        func contrast(_ filter: ResamplingFilter) -> Int {
            let row = stripes.resized(width: 60, height: 8, filter: filter)
            let values = (10..<50).map { Int(row[$0, 4].red) }
            return (values.max() ?? 0) - (values.min() ?? 0)
        }
        #expect(contrast(.lanczos) > contrast(.catmullRom))
    }

    @Test("The area of a whole factor is the mean of its squares; any other one counts parts of pixels")
    func areas() throws {
        #expect(ramp(60, 48).resized(width: 20, height: 16, filter: .area) == ramp(60, 48).reduced(by: 3))
        let row = try RGBImage(width: 3, height: 1, pixels: [0, 0, 0, 90, 90, 90, 30, 30, 30])
        // One and a half old pixels make a new one: (0 + 90 / 2) / 1.5 and (90 / 2 + 30) / 1.5.
        #expect(row.resized(width: 2, height: 1, filter: .area).pixels == [30, 30, 30, 50, 50, 50])
        let wide = row.resized(width: 6, height: 1, filter: .area)
        #expect((0..<6).map { wide[$0, 0].red } == [0, 23, 68, 75, 45, 30])
    }

    @Test("Reducing by a factor takes means, also of the squares cut off at the edge")
    func reduction() {
        let small = ramp(7, 5).reduced(by: 3)
        #expect((small.width, small.height) == (3, 2))
        #expect(small[0, 0] == RGBColour(red: 4, green: 4, blue: 77))
        #expect(small[1, 1] == RGBColour(red: 16, green: 14, blue: 77))
        #expect(small[2, 0] == RGBColour(red: 24, green: 4, blue: 77))
        #expect(ramp(7, 5).reduced(by: 1) == ramp(7, 5))
    }
}
