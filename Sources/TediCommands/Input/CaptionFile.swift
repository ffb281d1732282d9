import ArgumentParser
package import Client
import JobAPI
import Jobs

/// How captions are written in a file.
package enum CaptionFormat: String, ExpressibleByArgument, CaseIterable {
    /// One caption per line.
    case txt
    /// Comma-separated values with a header row (RFC 4180).
    case csv
    /// One JSON object per line.
    case jsonl

    /// The format that a file's name tells.
    package static func guessed(from name: String) -> CaptionFormat? {
        switch name.split(separator: ".").last?.lowercased() {
        case "txt", "text": .txt
        case "csv": .csv
        case "jsonl", "ndjson": .jsonl
        default: nil
        }
    }
}

/// A mistake in a caption file.
package struct InputError: Error, Equatable {
    /// Line of the file, from 1.
    package var line: Int
    /// What is wrong and what to do.
    package var message: String
}

/// The items of a caption file, or what is wrong with it; every line was looked at.
package struct CaptionFile {
    /// Most mistakes that are kept; the rest is only counted.
    package static let keptErrors = 10

    /// The items as they go over the network.
    package private(set) var items = ItemLines()

    /// For each item its line in the file, from 1.
    package private(set) var sourceLines: [Int] = []

    /// The first mistakes, in the order of their lines.
    package private(set) var errors: [InputError] = []

    /// How many mistakes there are.
    package private(set) var errorCount = 0

    /// Things worth knowing that are no mistakes.
    package private(set) var notes: [String] = []

    private var lineOfCustomID: [String: Int] = [:]

    /// Reads a whole file.
    ///
    /// - Parameters:
    ///   - bytes: What the file holds.
    ///   - format: How it is written.
    ///   - column: For `csv`, the column of the captions.
    package init(reading bytes: [UInt8], as format: CaptionFormat, column: String = "caption") {
        // A byte order mark is no part of the first caption.
        let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        switch format {
        case .txt: readText(content)
        case .csv: readCSV(content, column: column)
        case .jsonl: readJSONLines(content)
        }
        if errorCount == 0, items.isEmpty {
            refuse(line: 1, "there is no caption in it; write one caption per line")
        }
    }

    /// Adds an item, or notes why it cannot be one.
    mutating func add(line: Int, _ make: () throws(ItemError) -> (CaptionItem, json: ArraySlice<UInt8>?)) {
        do throws(ItemError) {
            let (item, json) = try make()
            if let id = item.customID {
                if let first = lineOfCustomID[id] { throw ItemError.duplicateCustomID(id, alreadyOn: first) }
                lineOfCustomID[id] = line
            }
            guard items.count < Limits.maximumLinesPerBatch else {
                // Once is enough: every further line would say the same.
                if items.count == Limits.maximumLinesPerBatch, errorCount == 0 {
                    refuse(line: line, "a batch takes \(Limits.maximumLinesPerBatch) captions; split the file")
                }
                return
            }
            // Lines with mistakes before this one only cost the memory of the others: nothing will be sent.
            if let json { items.append(json) } else { items.append(ItemWriter.json(item)) }
            sourceLines.append(line)
        } catch {
            refuse(line: line, error.message)
        }
    }

    /// Notes a mistake.
    mutating func refuse(line: Int, _ message: String) {
        errorCount += 1
        if errors.count < Self.keptErrors { errors.append(InputError(line: line, message: message)) }
    }

    /// Notes something worth knowing.
    mutating func note(_ text: String) {
        notes.append(text)
    }

    /// The mistakes as lines for people, such as `captions.txt:7: the line is blank`.
    package func report(name: String) -> [String] {
        Self.report(errors, count: errorCount, name: name)
    }

    static func report(_ errors: [InputError], count: Int, name: String) -> [String] {
        let lines = errors.prefix(keptErrors).map { "\(name):\($0.line): \($0.message)" }
        let more = count - lines.count
        return lines + (more > 0 ? ["… and \(more) more"] : [])
    }
}
