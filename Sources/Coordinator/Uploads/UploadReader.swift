import JobAPI
import Jobs

/// Turns the bytes of an upload into items, and remembers what is wrong with them.
///
/// Pure: bytes go in, items and errors come out. After the first error it goes on checking, so that one upload tells
/// about many mistakes, but keeps no more items.
struct UploadReader {
    /// Lines seen so far, over the whole batch.
    private(set) var line: Int
    /// Items read since they were last taken.
    private(set) var items: [CaptionItem] = []
    /// Bytes of the lines that ``items`` were read from.
    private(set) var itemBytes = 0
    /// Refused lines, in order.
    private(set) var errors: [ProblemDetails.ItemError] = []

    /// A line of this length has no end worth waiting for.
    static let hopelessLineBytes = 2 << 20

    private let check: CaptionCheck
    private let kind: JobKind
    private let options: JobOptions
    private let maximumLines: Int
    private var splitter = LineSplitter(limit: Limits.maximumLineBytes)
    private var customIDs = CustomIDs()

    /// - Parameters:
    ///   - line: Lines that come before this upload.
    ///   - maximumLines: Lines that the batch may have.
    ///   - check: Knows the words of the model.
    ///   - kind: The kind of the batch, whose rules the lines must keep.
    ///   - options: The options of the batch.
    init(
        from line: Int, maximumLines: Int, check: CaptionCheck, kind: JobKind = .generate, options: JobOptions = .none
    ) {
        self.kind = kind
        self.options = options
        self.line = line
        self.maximumLines = maximumLines
        self.check = check
    }

    /// Whether reading on would tell nothing more.
    var isFull: Bool {
        errors.count >= Limits.maximumItemErrors || line > maximumLines
            || splitter.pendingBytes > Self.hopelessLineBytes
    }
    /// Whether the batch has more lines than it may.
    var isTooLong: Bool { line > maximumLines }

    /// Takes the next bytes of the upload.
    mutating func feed(_ chunk: [UInt8]) {
        withSplitter { splitter, reader in splitter.feed(chunk) { reader.take($0) } }
    }

    /// Takes the last line, which may lack a newline.
    mutating func finish() {
        withSplitter { splitter, reader in splitter.finish { reader.take($0) } }
    }

    /// Hands items over.
    /// - Parameter size: Where there are so many, a multiple of so many is taken and the rest stays.
    mutating func takeItems(multipleOf size: Int = 1) -> [CaptionItem] {
        let rest = items.count < size ? [] : Array(items.suffix(items.count % size))
        var taken = rest
        swap(&taken, &items)
        taken.removeLast(rest.count)
        itemBytes = taken.isEmpty ? itemBytes : itemBytes * rest.count / (taken.count + rest.count)
        return taken
    }

    /// Lends the splitter beside the rest of the reader; it is moved out meanwhile, so nothing is copied.
    private mutating func withSplitter(_ body: (inout LineSplitter, inout Self) -> Void) {
        var splitter = LineSplitter(limit: 0)
        swap(&splitter, &self.splitter)
        body(&splitter, &self)
        self.splitter = splitter
    }

    private mutating func take(_ text: LineSplitter.Line) {
        line += 1
        guard errors.count < Limits.maximumItemErrors, line <= maximumLines else { return }
        do throws(ItemError) {
            let item = try parse(text)
            if let complaint = check.complaint(about: item.caption) {
                refuse(.unknownWords, complaint)
            } else if errors.isEmpty {
                items.append(item)
                if case .text(let bytes) = text { itemBytes += bytes.count }
            }
        } catch {
            refuse(ProblemCode(rawValue: error.code.rawValue), error.message)
        }
    }

    private mutating func parse(_ text: LineSplitter.Line) throws(ItemError) -> CaptionItem {
        switch text {
        case .text(let bytes):
            let item = try CaptionItem(parsing: bytes, kind: kind, batch: options)
            if let id = item.customID, let earlier = customIDs.insert(id, line: line) {
                throw ItemError.duplicateCustomID(id, alreadyOn: earlier)
            }
            return item
        case .tooLong(let count):
            throw ItemError(
                .lineTooLong, "the line has \(count) bytes; shorten it to \(Limits.maximumLineBytes) or fewer")
        }
    }

    private mutating func refuse(_ code: ProblemCode, _ message: String) {
        errors.append(ProblemDetails.ItemError(line: line, code: code, message: message))
        items = []
    }
}
