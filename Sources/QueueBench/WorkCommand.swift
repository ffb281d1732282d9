import ArgumentParser
import JobDispatch
import Jobs
import Redis

/// `tedi-queue-bench work`: a worker process, as the bench starts them.
struct WorkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work", abstract: "Claims and finishes jobs without computing anything, until it is killed.",
        shouldDisplay: false)

    @Option(help: "Redis: path of a Unix socket.")
    var redis: String

    @Option(help: "Name of the worker.")
    var name: String

    @Option(help: "Most jobs of one claim.")
    var claim = 100

    @Option(help: "Milliseconds that the jobs of a claim take.")
    var delay = 0

    @Option(help: "Workers in this process.")
    var loops = 1

    func run() async throws {
        let manner = WorkManner(claim: claim, delay: .milliseconds(delay), loops: loops)
        let options = try RedisOptions(address: redis)
        try await withThrowingTaskGroup { tasks in
            for name in manner.names(name) {
                let worker = NoopWorker(
                    dispatch: JobDispatch(options), name: WorkerName(sanitizing: name), manner: manner)
                tasks.addTask { try await worker.run() }
            }
            try await tasks.waitForAll()
        }
    }
}
