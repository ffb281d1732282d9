import Alignment
import Images
import Testing

@Suite("Face landmarks")
struct FaceLandmarksTests {
    private let good: [Double] = [80, 100, 120, 100, 100, 125, 85, 140, 115, 140]

    private func refusal(_ numbers: [Double]) -> String {
        do throws(AlignmentError) {
            _ = try FaceLandmarks(numbers: numbers)
            return ""
        } catch {
            return error.description
        }
    }

    private func refusal(_ numbers: [Double], in photo: RGBImage) throws -> String {
        do throws(AlignmentError) {
            _ = try FaceAlignment(size: 64).align(photo, landmarks: FaceLandmarks(numbers: numbers))
            return ""
        } catch {
            return error.description
        }
    }

    @Test("Five points are read in their order")
    func order() throws {
        let landmarks = try FaceLandmarks(numbers: good)
        #expect(landmarks.leftEye == Point(x: 80, y: 100))
        #expect(landmarks.nose == Point(x: 100, y: 125))
        #expect(landmarks.rightMouth == Point(x: 115, y: 140))
    }

    @Test("Lists of another length are refused", arguments: [0, 1, 9, 11, 68, 135, 137])
    func counts(count: Int) {
        #expect(refusal([Double](repeating: 1, count: count)).contains("\(count) numbers were given instead of 10"))
    }

    @Test("A number that is none is refused, also where the recipe does not use it", arguments: [0, 9, 135])
    func notFinite(place: Int) {
        var numbers = place < 10 ? good : Scene().numbers68
        numbers[place] = .nan
        #expect(refusal(numbers).contains("number \(place) is not finite"))
        numbers[place] = -.infinity
        #expect(refusal(numbers).contains("number \(place) is not finite"))
    }

    @Test("What is no face is refused")
    func shape() {
        var numbers = good
        numbers[1] = 1e300
        #expect(refusal(numbers).contains("left eye"))
        numbers = good
        (numbers[0], numbers[2]) = (99, 101)
        #expect(refusal(numbers).contains("pixels apart"))
        numbers = good
        (numbers[7], numbers[9]) = (99, 101)
        #expect(refusal(numbers).contains("pixels apart"))
        numbers = good
        (numbers[7], numbers[9]) = (500, 500)
        #expect(refusal(numbers).contains("proportions"))
        numbers = good
        (numbers[7], numbers[9]) = (60, 60)
        #expect(refusal(numbers).contains("below the eyes"))
        numbers = good
        (numbers[0], numbers[2]) = (numbers[2], numbers[0])
        #expect(refusal(numbers).contains("exchanged"))
        #expect(refusal(good).isEmpty)
    }

    @Test("A face that does not lie in the photo is refused")
    func place() throws {
        let photo = RGBImage(width: 200, height: 200, filledWith: .white)
        #expect(try refusal(good, in: photo).isEmpty)
        let aside = good.enumerated().map { $0.offset % 2 == 0 ? $0.element + 250 : $0.element }
        #expect(try refusal(aside, in: photo).contains("far outside of a picture of 200 x 200"))
        let outside = good.enumerated().map { $0.offset % 2 == 0 ? $0.element + 120 : $0.element }
        #expect(try refusal(outside, in: photo).contains("middle of the face"))
        let small = RGBImage(width: 50, height: 50, filledWith: .white)
        #expect(try refusal([-24, 5, 74, 5, 25, 35, -5, 70, 55, 70], in: small).contains("too large for the photo"))
    }
}
