import Jobs
import Redis

/// The names of all keys, under one hash tag so that a cluster keeps them together.
///
/// | key | type | what |
/// | --- | --- | --- |
/// | `term` | string | term of the leader; missing after a loss |
/// | `settling` | string | token of the leader that is putting things right; gone if Redis was wiped meanwhile |
/// | `lane:<id>` | list | `job:epoch` that wait to be claimed |
/// | `wake:<id>` | list | at most one marker: the lane is not empty |
/// | `j:<job>` | hash | e epoch, b batch, h attempt, crashes and where to go on, p payload, w worker, c computing, x cancelled, s start reported |
/// | `leases` | sorted set | `job:epoch` of claimed jobs by the time the lease ends, in ms of this server |
/// | `running` | hash | claimed jobs by batch |
/// | `up` | stream | facts from workers: w worker, then any number of f, each `kind job epoch body` |
/// | `reaper` | hash | last: when leases were looked at; grace: until when none is taken; both in ms of this server |
/// | `workers` | sorted set | names by last beat, in ms of this server |
/// | `w:<name>` | hash | what a worker announced, and under `order` what is wanted of it |
/// | `m:<digest>` | hash | what is known of a model |
/// | `lanes` | hash | id by `pool kind model band` |
struct Keys: Sendable {
    private let prefix: String

    init(namespace: String) {
        prefix = "tedi:{\(namespace)}:"
    }

    var term: RedisArgument { .string(prefix + "term") }
    var settling: RedisArgument { .string(prefix + "settling") }
    var leases: RedisArgument { .string(prefix + "leases") }
    var running: RedisArgument { .string(prefix + "running") }
    var reaper: RedisArgument { .string(prefix + "reaper") }
    var facts: RedisArgument { .string(prefix + "up") }
    var workers: RedisArgument { .string(prefix + "workers") }
    var lanes: RedisArgument { .string(prefix + "lanes") }
    /// What the key of a job begins with.
    var jobs: RedisArgument { .string(prefix + "j:") }

    func job(_ id: JobID) -> RedisArgument { .string("\(prefix)j:\(id)") }
    func lane(_ id: LaneID) -> RedisArgument { .string("\(prefix)lane:\(id)") }
    func wake(_ id: LaneID) -> RedisArgument { .string("\(prefix)wake:\(id)") }
    func worker(_ name: WorkerName) -> RedisArgument { .string("\(prefix)w:\(name)") }
    func model(_ digest: String) -> RedisArgument { .string("\(prefix)m:\(digest)") }

    /// Name of the consumer group that reads facts.
    static let group: RedisArgument = "coord"
}
