import Foundation
import Logging
import Synchronization
import Testing

@testable import Telemetry

@Suite("Logging")
struct LoggingTests {
    @Test("An event becomes one line of JSON with flat metadata")
    func golden() {
        let handler = JSONLogHandler(label: "tedi.store", level: .info) { _ in }
        let event = LogEvent(
            level: .warning, message: "PostgreSQL lost", metadata: [LogKey.error: "a \"b\"\nc\u{1}", "level": "own"],
            source: "s", file: "f", function: "g", line: 1)
        let line = handler.line(event, at: Date(timeIntervalSince1970: 1_700_000_000.25))
        #expect(
            line == """
                {"ts":"2023-11-14T22:13:20.250Z","level":"warning","logger":"tedi.store","message":"PostgreSQL lost",\
                "error":"a \\"b\\"\\nc\\u0001","_level":"own"}

                """)
    }

    @Test("Every line is valid JSON whatever it holds")
    func valid() throws {
        let lines = Mutex<[String]>([])
        var logger = Logger(label: "l") { label in
            JSONLogHandler(label: label, level: .debug) { line in lines.withLock { $0.append(line) } }
        }
        logger[metadataKey: LogKey.worker] = "w\u{2028}\u{7f}\\"
        for text in ["", "\u{0}", "\r\n\t", "🧔‍♂️", "\"}{"] { logger.info("Said", metadata: [LogKey.error: "\(text)"]) }
        logger.trace("Not written")
        let written = lines.withLock { $0 }
        #expect(written.count == 5)
        for (line, text) in zip(written, ["", "\u{0}", "\r\n\t", "🧔‍♂️", "\"}{"]) {
            #expect(line.hasSuffix("}\n"))
            #expect(!line.dropLast().contains("\n"))
            let object = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
            #expect(object[LogKey.error] == text)
            #expect(object[LogKey.worker] == "w\u{2028}\u{7f}\\")
        }
    }

    @Test(
        "TEDI_LOG_LEVEL names a level or is refused",
        arguments: [(nil, .info), ("", .info), ("debug", .debug), ("WARNING", .warning), ("loud", nil)]
            as [(String?, Logger.Level?)])
    func level(text: String?, level: Logger.Level?) {
        #expect(Bootstrap.level(text) == level)
    }
}
