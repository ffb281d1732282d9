import Foundation
import Images
import Testing

/// A small file of a kind that our encoder does not write; all are of one picture.
struct JPEGSample: CustomTestStringConvertible {
    let testDescription: String
    private let base64: String

    private init(_ description: String, _ base64: String) {
        (testDescription, self.base64) = (description, base64)
    }

    /// The file.
    var bytes: [UInt8] {
        get throws { [UInt8](try #require(Data(base64Encoded: base64))) }
    }

    /// The picture: 16 x 12 pixels, smooth.
    static func picture(dimmedTo most: Int = 255) throws -> RGBImage {
        var pixels: [UInt8] = []
        for y in 0..<12 {
            for x in 0..<16 {
                for value in [16 * x, 20 * y, 255 - 8 * x - 8 * y] { pixels.append(UInt8((value * most + 127) / 255)) }
            }
        }
        return try RGBImage(width: 16, height: 12, pixels: pixels)
    }

    /// Places of a marker in a file, from the first to the last.
    static func places(of marker: UInt8, in file: [UInt8]) -> [Int] {
        file.indices.dropLast().filter { file[$0] == 0xFF && file[$0 + 1] == marker }
    }

    static let halved = JPEGSample(
        "4:2:0, baseline",
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAUDBAQEAwUEBAQFBQUGBwwIBwcHBw8LCwkMEQ8SEhEPERETFhwXExQaFRERGCEYGh0dHx8f"
            + "ExciJCIeJBweHx7/2wBDAQUFBQcGBw4ICA4eFBEUHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4e"
            + "Hh7/wAARCAAMABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAABgf/xAAbEAACAQUAAAAAAAAAAAAAAAAABSMEBiExof/EABQB"
            + "AQAAAAAAAAAAAAAAAAAAAAT/xAAZEQACAwEAAAAAAAAAAAAAAAAABgMiMQT/2gAMAwEAAhEDEQA/AJmos7UXBkos7UXChp1dHiMZJ1dH"
            + "iMS4vvVbQSA2T10//9k=")

    static let halvedAlongRows = JPEGSample(
        "4:2:2, baseline",
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAUDBAQEAwUEBAQFBQUGBwwIBwcHBw8LCwkMEQ8SEhEPERETFhwXExQaFRERGCEYGh0dHx8f"
            + "ExciJCIeJBweHx7/2wBDAQUFBQcGBw4ICA4eFBEUHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4e"
            + "Hh7/wAARCAAMABADASEAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAABgf/xAAbEAACAQUAAAAAAAAAAAAAAAAABSMEBiExof/EABUB"
            + "AQEAAAAAAAAAAAAAAAAAAAcF/8QAGxEAAgIDAQAAAAAAAAAAAAAAAAYDIQQiMgX/2gAMAwEAAhEDEQA/AJmos7UXBkos7UXBAcWfqy2g"
            + "e5zZQ06ujxGMk6ujxGBjjnz7WFiBly62f//Z")

    static let progressive = JPEGSample(
        "4:2:0, progressive, ten scans",
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAUDBAQEAwUEBAQFBQUGBwwIBwcHBw8LCwkMEQ8SEhEPERETFhwXExQaFRERGCEYGh0dHx8f"
            + "ExciJCIeJBweHx7/2wBDAQUFBQcGBw4ICA4eFBEUHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4e"
            + "Hh7/wgARCAAMABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAABQb/xAAUAQEAAAAAAAAAAAAAAAAAAAAD/9oADAMBAAIQAxAA"
            + "AAGZZoWUD//EABcQAQEBAQAAAAAAAAAAAAAAAAMAAgT/2gAIAQEAAQUCLji44SxCWL//xAAXEQADAQAAAAAAAAAAAAAAAAAAAgUh/9oA"
            + "CAEDAQE/AYFZ8P/EABcRAAMBAAAAAAAAAAAAAAAAAAADBSH/2gAIAQIBAT8BsXm6f//EABUQAQEAAAAAAAAAAAAAAAAAAAAx/9oACAEB"
            + "AAY/AoiI/8QAFBABAAAAAAAAAAAAAAAAAAAAIP/aAAgBAQABPyESAH//2gAMAwEAAgADAAAAED//xAAVEQEBAAAAAAAAAAAAAAAAAAAA"
            + "Uf/aAAgBAwEBPxC0/8QAFREBAQAAAAAAAAAAAAAAAAAAAFH/2gAIAQIBAT8QuP/EABcQAQADAAAAAAAAAAAAAAAAAAAhMcH/2gAIAQEA"
            + "AT8QryrygEA//9k=")

    static let unnamed = JPEGSample(
        "luma 2 x 2, the colours 1 x 2 and 2 x 1: a subsampling without a name",
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAUDBAQEAwUEBAQFBQUGBwwIBwcHBw8LCwkMEQ8SEhEPERETFhwXExQaFRERGCEYGh0dHx8f"
            + "ExciJCIeJBweHx7/2wBDAQUFBQcGBw4ICA4eFBEUHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4e"
            + "Hh7/wAARCAAMABADASIAAhIBAyEB/8QAFQABAQAAAAAAAAAAAAAAAAAABgf/xAAbEAACAQUAAAAAAAAAAAAAAAAABSMEBiExof/EABQB"
            + "AQAAAAAAAAAAAAAAAAAAAAf/xAAcEQACAgIDAAAAAAAAAAAAAAAABgMhBDEFIjL/2gAMAwEAAhEDEQA/AJmos7UXBkos7UXChp1dHiMZ"
            + "J1dHiMQHFn9WBjjnz9rDtfbJ62N/ANk9bP/Z")

    static let restarts = JPEGSample(
        "4:2:0 with a restart marker after every block of pixels",
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAUDBAQEAwUEBAQFBQUGBwwIBwcHBw8LCwkMEQ8SEhEPERETFhwXExQaFRERGCEYGh0dHx8f"
            + "ExciJCIeJBweHx7/2wBDAQUFBQcGBw4ICA4eFBEUHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4e"
            + "Hh7/wAARCAAMABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAABgf/xAAbEAACAQUAAAAAAAAAAAAAAAAABSMEBiExof/EABQB"
            + "AQAAAAAAAAAAAAAAAAAAAAT/xAAZEQACAwEAAAAAAAAAAAAAAAAABgMiMQT/3QAEAAH/2gAMAwEAAhEDEQA/AJmos7UXBkos7UXChp1d"
            + "HiMZJ1dHiMS4vvVbQSA2T10//9k=")

    static let rgb = JPEGSample(
        "red, green and blue as they are (Adobe transform 0)",
        "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAWEBETFBUVFQwP"
            + "FxgWFBgSFBUU/8AAEQgADAAQA1IRAEcRAEIRAP/EABcAAQEBAQAAAAAAAAAAAAAAAAgJAAX/xAAmEAAAAgYLAAAAAAAAAAAAAAAABwUI"
            + "I0RRgQEEFxgzQVRkoaLR/9oADANSAEcAQgAAPwAfq2usgZLpOy6hemSZOK1jmKqq2ushrpOy6gqmSZOK1jmJVK2ushWizZA6TmjwdoyU"
            + "7XGrSIqqra6yGs2QOk5o8BVMlO1xq0iP/9k=")

    static let cmyk = JPEGSample(
        "the picture times 200 / 255 as four inks, black 55 (Adobe transform 0)",
        "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAFAwQEBAMFBAQEBQUFBgcMCAcHBwcPCwsJDBEPEhIRDxERExYcFxMUGhURERghGBodHR8fHxMX"
            + "IiQiHiQcHh8e/8AAFAgADAAQBEMRAE0RAFkRAEsRAP/EABcAAQEBAQAAAAAAAAAAAAAAAAcACAX/xAAjEAABAQUJAAAAAAAAAAAAAAAA"
            + "BgQHIkOBBRYXIzJUZKGi/9oADgRDAE0AWQBLAAA/AAxz0mgRYScXyOSxUmvM7HM2a56TQsJOL5BhYqTXmdkYyc9JobYu1ZO3OgsW9pjj"
            + "I2a56TQrtWTtwZWLe0xxkf/Z")

    static let ycck = JPEGSample(
        "the same as luma, two colours and black (Adobe transform 2)",
        "/9j/7gAOQWRvYmUAZAAAAAAC/9sAQwAFAwQEBAMFBAQEBQUFBgcMCAcHBwcPCwsJDBEPEhIRDxERExYcFxMUGhURERghGBodHR8fHxMX"
            + "IiQiHiQcHh8e/9sAQwEFBQUHBgcOCAgOHhQRFB4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4e"
            + "/8AAFAgADAAQBAERAAIRAQMRAQQRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAAHBv/EABwQAAIBBQEAAAAAAAAAAAAAAAAFIwQGITGhMv/E"
            + "ABYBAQEBAAAAAAAAAAAAAAAAAAcFCP/EABoRAAICAwAAAAAAAAAAAAAAAAAhBQYDBDH/2gAOBAEAAhEDEQQAAD8ApTe8fUvQUh6xxFyw"
            + "QfUXMxze8dy9FaHrHECFgg+oE7cNKzMhdh9DAkbCsGpiaBjnDSszIKsPoYEgRn9TE0D/2Q==")
}

/// The greatest difference between two channels at the same place.
func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
    guard first.count == second.count else { return .max }
    return zip(first, second).map { abs(Int($0) - Int($1)) }.max() ?? 0
}
