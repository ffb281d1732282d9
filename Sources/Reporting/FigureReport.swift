import Foundation

/// The figures as people and as programs read them.
package enum FigureReport {
    package static func table(_ rows: [FigureRow]) -> [String] {
        var table = Table([
            .left("figure"), .right("ours"), .right("yardstick"), .right("ratio"), .right("goal"), .left("met"),
        ])
        for row in rows {
            table.add([
                row.figure, number(row.ours), number(row.yardstick), number(row.ratio), number(row.goal),
                row.met.map { $0 ? "yes" : "no" } ?? "",
            ])
        }
        return table.render()
    }

    package static func write(_ rows: [FigureRow], to path: String) throws {
        let file = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .withoutEscapingSlashes]
        try encoder.encode(rows).write(to: file, options: .atomic)
    }

    /// Three digits or so: more would pretend to more than one run can tell.
    private static func number(_ value: Double?) -> String {
        guard let value else { return "" }
        let digits = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 2
        return String(format: "%.\(digits)f", value)
    }
}
