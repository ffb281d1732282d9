public import Foundation

/// What becomes of times of a cron entry that passed while no coordinator was there.
public enum CronMissed: String, Hashable, Sendable, Codable, CaseIterable {
    /// They are left out, unless one of them passed within the last minute.
    case skip
    /// They are made up for by one firing, however many they were.
    case once
}

/// A caption of a cron entry, or of a batch that is submitted in one request; the fields are those of a line of an item upload.
///
/// Inputs are named `sha256:…` (an artifact), `job:…` (what another job makes), `line:…` (what a line further up makes,
/// by its custom id) or `after:…` (what a line of the batch that comes first makes, by custom id or number from 1).
///
/// Example: `{"caption": "a woman with blond hair", "custom_id": "r-26", "seed": 7, "photo": "sha256:9f86…"}`
public struct CronItem: Hashable, Sendable, Codable {
    /// What to draw; empty where the kind does without.
    public var caption: String
    /// The caller's own name for the line, unique in its entry or batch.
    public var customID: String?
    /// Seed of the line, the same in every firing; without it, the seed of the firing plus the number of the line.
    public var seed: UInt64?
    /// What it works on.
    public var inputs: InputsView
    /// What the line asks for beside that, in place of what its batch does.
    public var options: OptionsBody?

    /// Describes a line.
    public init(
        caption: String = "", customID: String? = nil, seed: UInt64? = nil, inputs: InputsView = InputsView(),
        options: OptionsBody? = nil
    ) {
        self.caption = caption
        self.customID = customID
        self.seed = seed
        self.inputs = inputs
        self.options = options
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case caption, seed, options
        case customID = "custom_id"
    }

    /// Reads a line, in which the inputs stand beside the rest; an unknown field is an error, for it is a misspelt option.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownFields(besides: InputsView.fields + CodingKeys.allCases.map(\.stringValue))
        let values = try decoder.container(keyedBy: CodingKeys.self)
        caption = try values.decodeIfPresent(String.self, forKey: .caption) ?? ""
        customID = try values.decodeIfPresent(String.self, forKey: .customID)
        seed = try values.decodeIfPresent(UInt64.self, forKey: .seed)
        inputs = try InputsView(from: decoder)
        options = try values.decodeIfPresent(OptionsBody.self, forKey: .options)
    }

    /// Writes the fields side by side.
    public func encode(to encoder: any Encoder) throws {
        try inputs.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(caption, forKey: .caption)
        try values.encodeIfPresent(customID, forKey: .customID)
        try values.encodeIfPresent(seed, forKey: .seed)
        try values.encodeIfPresent(options, forKey: .options)
    }
}

/// Body of `PUT /v1/cron/{name}`: a batch that is made again and again.
///
/// Example:
///
///     {"expression": "0 3 * * *", "zone": "Europe/Berlin", "batch": {"name": "nightly", "model": "demo", "samples": 4},
///      "items": [{"caption": "a woman with blond hair"}]}
public struct CronBody: Hashable, Sendable, Codable {
    /// When it fires: minute, hour, day of month, month and day of week, or a macro such as `@daily`.
    public var expression: String
    /// Name of the time zone that the expression is read in; `UTC` when absent.
    public var zone: String
    /// What becomes of missed times; ``CronMissed/skip`` when absent.
    public var missed: CronMissed
    /// Whether every firing has the same seed, and so makes the same images; `false` when absent.
    ///
    /// Else the seed of each firing is that of the one before plus its lines times its samples.
    public var fixedSeed: Bool
    /// What all jobs of a firing have in common; its seed is that of the first firing.
    public var batch: CreateBatchBody
    /// The captions, at most ``Limits/maximumCronItems``.
    public var items: [CronItem]

    /// Describes an entry.
    public init(
        expression: String, zone: String = "UTC", missed: CronMissed = .skip, fixedSeed: Bool = false,
        batch: CreateBatchBody, items: [CronItem]
    ) {
        self.expression = expression
        self.zone = zone
        self.missed = missed
        self.fixedSeed = fixedSeed
        self.batch = batch
        self.items = items
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case expression, zone, missed, batch, items
        case fixedSeed = "fixed_seed"
    }

    /// Reads a body; an unknown field is an error, for it is a misspelt option.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownFields(besides: CodingKeys.self)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        expression = try values.decode(String.self, forKey: .expression)
        zone = try values.decodeIfPresent(String.self, forKey: .zone) ?? "UTC"
        missed = try values.decodeIfPresent(CronMissed.self, forKey: .missed) ?? .skip
        fixedSeed = try values.decodeIfPresent(Bool.self, forKey: .fixedSeed) ?? false
        batch = try values.decode(CreateBatchBody.self, forKey: .batch)
        items = try values.decode([CronItem].self, forKey: .items)
    }
}

/// A cron entry, as every route of `/v1/cron` answers it.
///
/// Example:
///
///     {"name": "nightly", "tenant": "default", "expression": "0 3 * * *", "zone": "Europe/Berlin", "missed": "skip",
///      "fixed_seed": false, "batch": {"name": "nightly", "model": "demo", "samples": 4, "seed": 400, …},
///      "lines": 100, "paused": false,
///      "next_at": "2026-11-25T02:00:00.000Z", "last_fired_at": "2026-11-24T02:00:00.125Z", "last_batch": 7, …}
public struct CronView: Hashable, Sendable, Codable {
    /// Its name.
    public var name: String
    /// Name of the tenant whose it is; the names of entries are each tenant's own.
    public var tenant: String
    /// When it fires.
    public var expression: String
    /// Name of the time zone that the expression is read in.
    public var zone: String
    /// What becomes of missed times.
    public var missed: CronMissed
    /// Whether every firing has the same seed.
    public var fixedSeed: Bool
    /// What all jobs of a firing have in common; its seed is that of the next firing.
    public var batch: CreateBatchBody
    /// How many captions it has.
    public var lines: Int
    /// The captions; absent from lists of entries.
    public var items: [CronItem]?
    /// Whether it is kept from firing.
    public var paused: Bool
    /// When it fires next; absent while it is paused.
    public var nextAt: Date?
    /// When it made its last batch.
    public var lastFiredAt: Date?
    /// The batch that it made last.
    public var lastBatch: Int64?
    /// When times were last left out because they had passed while no coordinator was there.
    public var lastSkippedAt: Date?
    /// Why the last firing made no batch; absent where it made one.
    public var lastError: String?
    /// When that was.
    public var lastErrorAt: Date?
    /// When it was first added.
    public var createdAt: Date
    /// When its owner last changed it.
    public var updatedAt: Date

    /// Describes an entry.
    public init(
        name: String, tenant: String, expression: String, zone: String, missed: CronMissed, fixedSeed: Bool,
        batch: CreateBatchBody, lines: Int, items: [CronItem]? = nil, paused: Bool = false, nextAt: Date? = nil,
        lastFiredAt: Date? = nil,
        lastBatch: Int64? = nil, lastSkippedAt: Date? = nil, lastError: String? = nil, lastErrorAt: Date? = nil,
        createdAt: Date, updatedAt: Date
    ) {
        self.name = name
        self.tenant = tenant
        self.expression = expression
        self.zone = zone
        self.missed = missed
        self.fixedSeed = fixedSeed
        self.batch = batch
        self.lines = lines
        self.items = items
        self.paused = paused
        self.nextAt = nextAt
        self.lastFiredAt = lastFiredAt
        self.lastBatch = lastBatch
        self.lastSkippedAt = lastSkippedAt
        self.lastError = lastError
        self.lastErrorAt = lastErrorAt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    private enum CodingKeys: String, CodingKey {
        case name, tenant, expression, zone, missed, batch, lines, items, paused
        case fixedSeed = "fixed_seed"
        case nextAt = "next_at"
        case lastFiredAt = "last_fired_at"
        case lastBatch = "last_batch"
        case lastSkippedAt = "last_skipped_at"
        case lastError = "last_error"
        case lastErrorAt = "last_error_at"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }
}

/// Answer of `GET /v1/cron`: every entry, by name; there are at most ``Limits/maximumCronEntries``.
///
/// Example: `{"entries": [{"name": "nightly", …}]}`
public struct CronList: Hashable, Sendable, Codable {
    /// The entries, without captions.
    public var entries: [CronView]

    /// Makes a list.
    public init(entries: [CronView]) { self.entries = entries }
}
