import Foundation
import JobStore
import Jobs

/// Refuses an index that names pictures which its owner has not made: whoever evaluates it gets to see them.
struct IndexCheck: Sendable {
    /// Lines that an index may have; a worker reads no more.
    private static let limit = 200_000
    /// Lines that are looked up at once.
    private static let group = 2_000

    let jobs: JobStore
    let tenant: TenantID

    /// What of a line matters here; lines without a picture name none.
    private struct Line: Decodable {
        let job: Int64?
        let image: String?
        let digest: String?
    }

    /// Looks at every line.
    func run(_ bytes: [UInt8]) async throws {
        var pictures: [(line: Int, job: JobID, image: String)] = []
        for (number, text) in IndexLines(bytes).enumerated() {
            guard number < Self.limit else {
                throw Problems.badArtifact("The index has more than \(Self.limit) lines; measure fewer pictures.")
            }
            guard let line = try? JSONDecoder().decode(Line.self, from: Data(text)) else {
                throw Problems.badArtifact("Line \(number + 1) of the index is no JSON object as an index has them.")
            }
            guard let image = line.image ?? line.digest else { continue }
            guard let job = line.job else {
                throw Problems.badArtifact(
                    "Line \(number + 1) of the index names a picture and not the “job” that made it.")
            }
            pictures.append((number + 1, JobID(job), image.hasPrefix("sha256:") ? String(image.dropFirst(7)) : image))
            if pictures.count == Self.group { try await check(&pictures) }
        }
        try await check(&pictures)
    }

    private func check(_ pictures: inout [(line: Int, job: JobID, image: String)]) async throws {
        guard !pictures.isEmpty else { return }
        let made = try await jobs.images(of: pictures.map(\.job), tenant: tenant)
        for picture in pictures where made[picture.job] != picture.image {
            throw Problems.badArtifact(
                "Line \(picture.line) of the index names a picture that job \(picture.job) of yours did not make.")
        }
        pictures = []
    }
}

/// The lines of an index that are not empty, one after the other: a list of many short ones would take many times their
/// bytes.
struct IndexLines: Sequence, IteratorProtocol {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func next() -> ArraySlice<UInt8>? {
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
            let line = rest[..<end]
            rest = rest[end...].dropFirst()
            let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            if !text.isEmpty { return text }
        }
        return nil
    }
}
