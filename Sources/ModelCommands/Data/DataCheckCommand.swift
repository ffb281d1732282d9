import ArgumentParser
import FaceCollections
import Foundation
import Reporting

extension DataCommand {
    /// Looks for everything that is wrong with a data set.
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read every file of a data set and report every defect; exit status 1 where there are any.",
            discussion: """
                Pictures, label maps and masks of parts are decoded; captions, attributes and lists are read line by
                line, and held against the pictures. Nothing is changed.

                Example: tedi-model data check CelebAMask-HQ --output json
                """)

        @Argument(help: "Folder of the data set.")
        var folder: String

        @Option(help: "table or json.")
        var output = "table"

        @OptionGroup var work: DataWork

        func validate() throws {
            guard ["table", "json"].contains(output) else { throw ValidationError("--output is table or json") }
        }

        func run() throws {
            let progress = DataProgress("faces")
            let inspection = try CollectionInspection(
                of: URL(fileURLWithPath: folder), threads: work.threads, progress: progress.report)
            if output == "json" {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
                print(String(decoding: try encoder.encode(DataCheckReport(inspection)), as: UTF8.self))
            } else {
                for line in Self.lines(inspection) { print(line) }
            }
            if !inspection.defects.isEmpty { throw ExitCode.failure }
        }

        private static func lines(_ inspection: CollectionInspection) -> [String] {
            let found = inspection.found.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            var lines = ["\(inspection.faces) faces: \(found.joined(separator: ", "))"]
            guard !inspection.defects.isEmpty else { return lines + ["no defects"] }
            var table = Table([.left("file"), .right("line"), .left("kind"), .left("defect"), .left("remedy")])
            for defect in inspection.defects {
                table.add([
                    defect.file, defect.line.map(String.init) ?? "", defect.kind.rawValue, defect.problem,
                    defect.remedy,
                ])
            }
            var counts = Table([.left("kind"), .right("defects")])
            for kind in FaceCollectionError.Kind.allCases {
                if let count = inspection.counts[kind] { counts.add([kind.rawValue, "\(count)"]) }
            }
            counts.add(["all", "\(inspection.defects.count)"])
            lines += [""] + table.render() + [""] + counts.render()
            return lines
        }
    }
}

/// The report as programs read it.
private struct DataCheckReport: Encodable {
    let faces: Int
    let found: [String: Int]
    let counts: [String: Int]
    let defects: [FaceCollectionError]

    init(_ inspection: CollectionInspection) {
        (faces, found, defects) = (inspection.faces, inspection.found, inspection.defects)
        counts = Dictionary(uniqueKeysWithValues: inspection.counts.map { ($0.key.rawValue, $0.value) })
    }
}
