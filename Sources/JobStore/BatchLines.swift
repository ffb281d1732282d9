import Jobs
import Postgres

/// Where the jobs of a batch's lines are.
struct BatchLines {
    let variants: Int
    private let batch: Int64
    private let blocks: [(base: Int64, count: Int)]

    init(_ connection: isolated PostgresConnection, _ batch: Int64, variants: Int) throws {
        self.batch = batch
        self.variants = variants
        blocks = try connection.query(
            "SELECT base, count FROM batch_block WHERE batch_id = $1 ORDER BY base", [.int8(batch)]
        ).map { (base: try $0.int64(0), count: try $0.int(1)) }
    }

    /// The lines that have these custom ids.
    func find(
        _ connection: isolated PostgresConnection, _ names: Set<String>, into numbers: inout [String: Int]
    ) throws {
        guard !names.isEmpty else { return }
        let rows = try connection.query(
            "SELECT custom_id, line FROM item_key WHERE batch_id = $1 AND custom_id = ANY($2)",
            [.int8(batch), .textArray(names.sorted())])
        for row in rows { numbers[try row.string(0)] = try row.int(1) }
    }

    /// The job of the first sample of a line, counted from 0.
    func job(ofLine line: Int) -> Int64? {
        guard line >= 0 else { return nil }
        var left = line * variants
        for block in blocks {
            if left < block.count { return block.base + Int64(left) }
            left -= block.count
        }
        return nil
    }

    /// The line, from 0, that a text names by its number, from 1.
    static func number(_ text: String) -> Int? {
        guard let number = Int(text), (1...BatchSpecification.maximumJobs).contains(number), "\(number)" == text else {
            return nil
        }
        return number - 1
    }
}
