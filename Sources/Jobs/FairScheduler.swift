/// Chooses which batches of a lane the next jobs come from.
///
/// Strictly by priority, where a batch that waits rises by one for every ``ageingStep``; among batches of one priority
/// by deficit round robin, first between tenants, then between the batches of each. So one large batch never keeps small
/// ones waiting, and nobody starves. What is kept between two choices is soft: a new leader begins with nothing.
public struct FairScheduler: Sendable {
    /// Waiting time that is worth one step of priority: ten minutes are worth a hundred.
    public static let ageingStep = Duration.seconds(6)
    /// Most that a batch can rise: from the lowest priority above the highest.
    public static let maximumRise = 201

    /// A batch with jobs to hand out.
    public struct Candidate: Sendable {
        /// The batch.
        public var batch: BatchID
        /// Whose it is.
        public var tenant: TenantID
        /// Share of the tenant against others.
        public var tenantWeight: Int
        /// Jobs that the tenant may have running beyond those it has; nil for any number.
        public var tenantRoom: Int?
        /// Share of the batch against others of the tenant.
        public var weight: Int
        /// Its priority.
        public var priority: Int
        /// How long it could have run by now.
        public var age: Duration
        /// Jobs to hand out.
        public var ready: Int

        /// Describes a candidate.
        public init(
            batch: BatchID, tenant: TenantID = .everybody, tenantWeight: Int = 1, tenantRoom: Int? = nil,
            weight: Int = 1, priority: Int = 0, age: Duration = .zero, ready: Int
        ) {
            self.batch = batch
            self.tenant = tenant
            self.tenantWeight = tenantWeight
            self.tenantRoom = tenantRoom
            self.weight = weight
            self.priority = priority
            self.age = age
            self.ready = ready
        }
    }

    private var tenants = DeficitRoundRobin<TenantID>()
    private var batches: [TenantID: DeficitRoundRobin<BatchID>] = [:]
    /// When a batch last got something, on the caller's clock.
    private var served: [BatchID: Duration] = [:]

    /// Begins with no memory.
    public init() {}

    /// What each batch may hand out, those that go first first.
    /// - Parameters:
    ///   - room: Most jobs.
    ///   - candidates: Who wants some.
    ///   - now: Time since any fixed moment.
    public mutating func share(_ room: Int, among candidates: [Candidate], at now: Duration) -> [(
        batch: BatchID, count: Int
    )] {
        forget(allBut: candidates)
        var left = room
        var rooms = Dictionary(candidates.map { ($0.tenant, $0.tenantRoom) }) { first, _ in first }
        var shares: [(batch: BatchID, count: Int)] = []
        let levels = Dictionary(grouping: candidates) { level(of: $0, at: now) }
        for (_, group) in levels.sorted(by: { $0.key > $1.key }) where left > 0 {
            for (batch, count) in divide(left, among: group, rooms: &rooms) {
                shares.append((batch, count))
                served[batch] = now
                left -= count
            }
        }
        return shares
    }

    /// The priority that a batch has come to.
    func level(of candidate: Candidate, at now: Duration) -> Int {
        let waited = min(candidate.age, served[candidate.batch].map { now - $0 } ?? candidate.age)
        return candidate.priority + min(Self.maximumRise, max(0, Int(waited / Self.ageingStep)))
    }

    private mutating func divide(
        _ room: Int, among group: [Candidate], rooms: inout [TenantID: Int?]
    ) -> [(batch: BatchID, count: Int)] {
        let byTenant = Dictionary(grouping: group, by: \.tenant)
        let claimants = byTenant.map { tenant, own in
            let wish = own.reduce(0) { $0 + $1.ready }
            return DeficitRoundRobin.Claimant(
                tenant, weight: own.first?.tenantWeight ?? 1, wish: min(wish, (rooms[tenant] ?? nil) ?? wish))
        }
        var shares: [(batch: BatchID, count: Int)] = []
        for (tenant, count) in tenants.divide(room, among: claimants).sorted(by: { $0.key < $1.key }) {
            if let before = rooms[tenant] ?? nil { rooms[tenant] = .some(before - count) }
            let own = (byTenant[tenant] ?? []).map {
                DeficitRoundRobin.Claimant($0.batch, weight: $0.weight, wish: $0.ready)
            }
            let parts = batches[tenant, default: DeficitRoundRobin()].divide(count, among: own)
            shares += parts.sorted { $0.key < $1.key }.map { (batch: $0.key, count: $0.value) }
        }
        return shares
    }

    private mutating func forget(allBut candidates: [Candidate]) {
        let present = Set(candidates.map(\.batch))
        served = served.filter { present.contains($0.key) }
        let tenants = Set(candidates.map(\.tenant))
        batches = batches.filter { tenants.contains($0.key) }
    }
}
