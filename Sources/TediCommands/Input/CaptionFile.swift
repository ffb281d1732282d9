import ArgumentParser
package import Client
import JobAPI
import Jobs
package import Tables

/// How captions are written in a file.
package enum CaptionFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// One caption per line.
    case txt
    /// Comma-separated values with a header row (RFC 4180).
    case csv
    /// Values separated by tabs, with a header row.
    case tsv
    /// One JSON object per line.
    case jsonl

    /// The format that a file's name tells.
    package static func guessed(from name: String) -> CaptionFormat? {
        switch PackedInput.unpackedName(name).split(separator: ".").last?.lowercased() {
        case "txt", "text": .txt
        case "csv": .csv
        case "tsv", "tab": .tsv
        case "jsonl", "ndjson": .jsonl
        default: nil
        }
    }
}

/// The items of a caption file, or what is wrong with it; every line was looked at.
package struct CaptionFile: Sendable {
    /// Most mistakes that are kept; the rest is only counted.
    package static let keptErrors = 10

    /// The items as they go over the network, but for placeholders where ``files`` are named.
    package private(set) var items = ItemLines()

    /// The local files that they name.
    package internal(set) var files: LocalFiles

    /// For each item its line in the file, from 1.
    package private(set) var sourceLines: [Int] = []

    /// The first mistakes, in the order of their lines.
    package private(set) var errors: [InputError] = []

    /// How many mistakes there are.
    package private(set) var errorCount = 0

    /// Things worth knowing that are no mistakes.
    package private(set) var notes: [String] = []

    /// How its lines become items.
    let plan: ItemPlan

    private var lineOfCustomID: [String: Int] = [:]

    /// Reads a whole file.
    ///
    /// - Parameters:
    ///   - bytes: What the file holds.
    ///   - format: How it is written.
    ///   - plan: How its lines become items.
    ///   - files: Knows the folder that local files are looked for in.
    package init(
        reading bytes: [UInt8], as format: CaptionFormat, plan: ItemPlan = ItemPlan(),
        files: LocalFiles = LocalFiles()
    ) {
        self.plan = plan
        self.files = files
        // A byte order mark is no part of the first caption.
        let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        switch format {
        case .txt: readText(content)
        case .csv: readTable(content, separator: CSVRows.comma)
        case .tsv: readTable(content, separator: CSVRows.tab)
        case .jsonl: readJSONLines(content)
        }
        if errorCount == 0, items.isEmpty {
            refuse(line: 1, "there is no caption in it; write one caption per line")
        }
    }

    /// Items that come from the command line alone.
    init(drafts: [ItemDraft], plan: ItemPlan, files: LocalFiles) {
        self.plan = plan
        self.files = files
        for (index, draft) in drafts.enumerated() { add(draft, line: index + 1) }
    }

    /// Adds an item, or notes why it cannot be one.
    mutating func add(_ draft: ItemDraft, line: Int) {
        do throws(ItemError) {
            try add(json: try written(draft)[...], line: line)
        } catch {
            refuse(line: line, error.message)
        }
    }

    /// Adds a line of JSON, or notes why it cannot be an item.
    mutating func add(edited line: ArraySlice<UInt8>, number: Int) {
        do throws(ItemError) {
            try add(json: try edited(line), line: number)
        } catch {
            refuse(line: number, error.message)
        }
    }

    private mutating func add(json: ArraySlice<UInt8>, line: Int) throws(ItemError) {
        let item = try CaptionItem(parsing: json, kind: plan.kind, batch: plan.options)
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
        items.append(json)
        sourceLines.append(line)
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
