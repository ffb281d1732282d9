public import Jobs
import Postgres
import Synchronization

extension JobStore {
    /// Creates a batch, fills it and seals it in one transaction: its jobs may run when this returns.
    ///
    /// This is for few items, where each transaction more would cost more than the items do; of more than
    /// ``transactionLimit`` jobs it throws ``StoreError/Reason/tooManyJobs``.
    /// - Parameters:
    ///   - specification: What all of its jobs have in common; its model must have been announced.
    ///   - items: All of its lines, at least one.
    ///   - key: Makes the call safe to repeat: the same key, specification and items give the same batch.
    ///   - tenant: Whose batch it is; keys of different tenants have nothing to do with each other.
    ///   - pool: Group of workers that is to run it.
    ///   - check: Knows what the model can draw.
    public func submit(
        _ specification: BatchSpecification, _ items: [CaptionItem], idempotencyKey key: String? = nil,
        tenant: TenantID = .everybody, pool: String = WorkerAnnouncement.defaultPool, check: CronCheck
    ) async throws(StoreError) -> CreatedBatch {
        if let key { try Self.check(key: key) }
        guard items.count <= Self.transactionLimit / specification.variants else {
            throw StoreError(
                .tooManyJobs,
                "\(items.count) lines of \(specification.variants) images each are more than \(Self.transactionLimit) jobs; open a batch and upload them"
            )
        }
        let request = Self.canonical(specification, items)
        try await makePartitions()
        return try await transaction { connection in
            if let key, let batch = try Self.replay(connection, key: key, of: tenant, request: request) {
                return CreatedBatch(batch: batch, isReplay: true)
            }
            try Self.check(items, by: try Self.resolve(connection, specification.model).model, check)
            let id = try Self.insertBatch(connection, specification, tenant: tenant, pool: pool)
            if let key { try Self.note(connection, key: key, of: tenant, request: request, batch: id) }
            _ = try self.append(connection, Upload(line: 0, items: items[...]), to: id)
            return CreatedBatch(batch: try Self.seal(connection, id), isReplay: false)
        }
    }

    /// Refuses captions that a model cannot draw.
    static func check(_ items: [CaptionItem], by model: AnnouncedModel, _ check: CronCheck) throws(StoreError) {
        let errors = check(model, items)
        guard let first = errors.first else { return }
        let more = errors.count == 1 ? "" : "; so are \(errors.count - 1) more"
        throw StoreError(.badItems(errors), "line \(first.line) is refused: \(first.error.message)\(more)")
    }

    /// A submission as text that is equal for equal ones.
    ///
    /// The items are there as a sum (FNV-1a, 64 bits): it has to find a key that was used twice by mistake, not one
    /// that was made to deceive, and the text is kept with the key.
    private static func canonical(_ specification: BatchSpecification, _ items: [CaptionItem]) -> String {
        var sum: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ text: String) {
            for byte in text.utf8 { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
            // No text has this byte, so fields cannot run together.
            sum = (sum ^ 0xFF) &* 0x100_0000_01b3
        }
        for item in items {
            add(item.caption)
            add(item.customID ?? "")
            add(item.seed.map { "\($0)" } ?? "")
            guard !item.isPlain else { continue }
            for field in item.inputs.fields { add(field.rawValue) }
            for reference in item.inputs.references { add(reference.text) }
            add(String(decoding: item.options.encoded(), as: UTF8.self))
        }
        return canonical(specification) + "\nitems \(items.count) \(String(sum, radix: 16))"
    }
}
