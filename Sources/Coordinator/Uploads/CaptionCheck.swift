import Captions
import JobAPI
import JobStore
import Jobs

/// Refuses captions that a model cannot read: none of their words is in its vocabulary; and scripts that are none.
struct CaptionCheck: Sendable {
    /// What captions are.
    private enum Reading {
        /// Words for a model.
        case words
        /// Scripts of drills.
        case script
        /// Notes for people.
        case none
    }

    private let reading: Reading
    private let vocabulary: Vocabulary
    private let tokenizer = CaptionTokenizer()
    private let model: String

    init(model: String, words: [String]) {
        reading = .words
        self.model = model
        vocabulary = Vocabulary(words: words)
    }

    /// The check of a kind whose captions no model reads; `nil` where one does.
    init?(kind: JobKind) {
        switch kind {
        case .drill, .longDrill: reading = .script
        default:
            guard !kind.readsCaption else { return nil }
            reading = .none
        }
        model = kind.rawValue
        vocabulary = Vocabulary(words: [])
    }

    /// What is wrong with the captions of a short list; no more than a list of errors may have.
    func refused(_ items: [CaptionItem]) -> [LineError] {
        var errors: [LineError] = []
        for (index, item) in items.enumerated() where errors.count < Limits.maximumItemErrors {
            guard let complaint = complaint(about: item.caption) else { continue }
            errors.append(LineError(line: index + 1, error: ItemError(.unknownWords, complaint)))
        }
        return errors
    }

    /// What is wrong with a caption, in words for its author; nil when it has a known word.
    func complaint(about caption: String) -> String? {
        switch reading {
        case .none: return nil
        case .script: return Self.complaint(aboutScript: caption)
        case .words: break
        }
        // Where there has to be a caption, the line was refused before.
        guard !caption.isEmpty else { return nil }
        guard !hasPlainKnownWord(caption) else { return nil }
        let words = tokenizer.words(of: caption)
        guard !words.contains(where: vocabulary.contains) else { return nil }
        let subject =
            words.isEmpty
            ? "the caption has no words in Latin letters"
            : "the model \(Problems.readable(model)) knows none of the caption's words"
        return "\(subject); try words such as \(suggestions(for: words).joined(separator: ", "))"
    }

    private static func complaint(aboutScript script: String) -> String? {
        do throws(RequestError) {
            _ = try DrillScript(script)
            return nil
        } catch {
            return error.description
        }
    }

    /// Whether a caption is plain ASCII and has a known word.
    ///
    /// This is what the tokeniser would find, for the many captions that need nothing of its rules: it stops at the
    /// first known word and makes no list of them.
    private func hasPlainKnownWord(_ caption: String) -> Bool {
        var caption = caption
        return caption.withUTF8 { bytes in
            guard bytes.allSatisfy({ $0 < 0x80 }) else { return false }
            var word: [UInt8] = []
            for byte in bytes {
                switch byte {
                case 0x30...0x39, 0x5F, 0x61...0x7A: word.append(byte)
                case 0x41...0x5A: word.append(byte | 0x20)
                default:
                    if isKnown(word) { return true }
                    word.removeAll(keepingCapacity: true)
                }
            }
            return isKnown(word)
        }
    }

    private func isKnown(_ word: [UInt8]) -> Bool {
        !word.isEmpty && vocabulary.contains(String(decoding: word, as: UTF8.self))
    }

    /// Known words, those nearest in spelling first, then longer ones: short ones are mostly articles and the like.
    private func suggestions(for words: [String]) -> [String] {
        let known = vocabulary.words.dropFirst()
        var near: [(word: String, distance: Int)] = []
        for word in words.prefix(8) where word.utf8.count <= 32 {
            for candidate in known {
                let distance = Self.distance(Array(word.utf8), Array(candidate.utf8))
                if distance * 3 <= word.utf8.count { near.append((candidate, distance)) }
            }
        }
        let nearest = near.sorted { ($0.distance, $0.word) < ($1.distance, $1.word) }.map(\.word)
        let common = known.lazy.filter { $0.utf8.count >= 4 && $0.utf8.count <= 12 }
        var result: [String] = []
        for word in nearest.prefix(3) + common.prefix(8) where !result.contains(word) && result.count < 5 {
            result.append(word)
        }
        return result
    }

    /// Levenshtein distance.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let substitution = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substitution, row[j] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
