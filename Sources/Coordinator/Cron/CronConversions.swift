import Foundation
import JobAPI
import JobStore
import Jobs

extension MissedFirings {
    /// The policy as the domain names it.
    init(_ missed: CronMissed) {
        switch missed {
        case .skip: self = .skip
        case .once: self = .once
        }
    }
}

extension CronMissed {
    /// The policy as the interface names it.
    init(_ missed: MissedFirings) {
        switch missed {
        case .skip: self = .skip
        case .once: self = .once
        }
    }
}

extension CronView {
    /// An entry as the interface shows it.
    init(_ entry: CronRecord) {
        let batch = entry.batch
        self.init(
            name: entry.name, tenant: entry.tenantName, expression: entry.expression.text, zone: entry.zone,
            missed: CronMissed(entry.missed), fixedSeed: entry.isSeedFixed,
            batch: CreateBatchBody(
                name: batch.name, model: batch.model, samples: batch.samples, seed: batch.seed,
                priority: batch.schedule.priority, truncation: batch.truncation, kind: BatchKind(batch.kind),
                band: BatchBand(batch.schedule.band), weight: batch.schedule.weight,
                uniqueKey: batch.schedule.uniqueKey, maximumAttempts: batch.schedule.maximumAttempts,
                timeoutSeconds: batch.schedule.timeout.map { Int($0.components.seconds) },
                progressTimeoutSeconds: batch.schedule.progressTimeout.map { Int($0.components.seconds) },
                options: OptionsBody(batch.options),
                truncations: batch.truncations.isEmpty ? nil : batch.truncations,
                styles: batch.styles.isEmpty ? nil : batch.styles),
            lines: entry.lines,
            items: entry.items?.map { CronItem($0) },
            paused: entry.isPaused, nextAt: entry.nextAt.map { Date($0) },
            lastFiredAt: entry.lastFiredAt.map { Date($0) }, lastBatch: entry.lastBatch?.rawValue,
            lastSkippedAt: entry.lastSkippedAt.map { Date($0) }, lastError: entry.lastError,
            lastErrorAt: entry.lastErrorAt.map { Date($0) }, createdAt: Date(entry.createdAt),
            updatedAt: Date(entry.updatedAt))
    }
}
