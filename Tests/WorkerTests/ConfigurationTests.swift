import ArgumentParser
import Configuration
import Jobs
import Logging
import Testing
import WorkerRuntime

@testable import Worker

@Suite struct ConfigurationTests {
    private func configuration(
        _ flags: [String] = [], environment: [String: String] = [:]
    ) throws -> WorkerConfiguration {
        try WorkerOptions.parse(flags).configuration(
            environment: EnvironmentVariablesProvider(environmentVariables: environment))
    }

    private static let needed = ["TEDI_ARTIFACTS": "/a", "TEDI_PACK": "/p"]

    @Test func defaultsAreAsDocumented() throws {
        let configuration = try configuration(environment: Self.needed)
        #expect(configuration.redis == "127.0.0.1:6379")
        #expect(configuration.namespace == "tedi")
        #expect(configuration.artifacts == "/a")
        #expect(configuration.packs == ["/p"])
        #expect(configuration.device == "cpu")
        #expect(configuration.precision == .float32)
        #expect(configuration.threads == 0)
        #expect(configuration.batch == 16)
        #expect(configuration.pool == "default")
        #expect(configuration.drainSeconds == 25)
        #expect(configuration.logLevel == .info)
        #expect(configuration.metricsFile == nil)
    }

    @Test func everyVariableIsRead() throws {
        let configuration = try configuration(environment: [
            "TEDI_REDIS": "/r.sock", "TEDI_REDIS_NAMESPACE": "n", "TEDI_ARTIFACTS": "/a", "TEDI_PACK": "/p:/q",
            "TEDI_WARM": "1", "TEDI_NAME": "gpu-7", "TEDI_DEVICE": "cuda:1", "TEDI_PRECISION": "bfloat16",
            "TEDI_THREADS": "3", "TEDI_BATCH": "8", "TEDI_POOL": "big",
            "TEDI_DRAIN_SECONDS": "7", "TEDI_LOG_LEVEL": "debug", "TEDI_METRICS_FILE": "/m",
        ])
        #expect(configuration.redis == "/r.sock")
        #expect(configuration.namespace == "n")
        #expect(configuration.packs == ["/p", "/q"])
        #expect(configuration.warm == 1)
        #expect(configuration.name?.rawValue == "gpu-7")
        #expect(configuration.device == "cuda:1")
        #expect(configuration.precision == .bfloat16)
        #expect(configuration.threads == 3)
        #expect(configuration.batch == 8)
        #expect(configuration.pool == "big")
        #expect(configuration.drainSeconds == 7)
        #expect(configuration.logLevel == .debug)
        #expect(configuration.metricsFile == "/m")
    }

    @Test func flagsWinOverTheEnvironment() throws {
        let configuration = try configuration(
            ["--batch", "4", "--artifacts", "/b", "--log-level", "error", "--drain-seconds", "9"],
            environment: Self.needed.merging(["TEDI_BATCH": "8", "TEDI_LOG_LEVEL": "debug"]) { $1 })
        #expect(configuration.batch == 4)
        #expect(configuration.artifacts == "/b")
        #expect(configuration.packs == ["/p"])
        #expect(configuration.logLevel == .error)
        #expect(configuration.drainSeconds == 9)
    }

    @Test(arguments: [
        ("TEDI_BATCH", "0", "--batch"), ("TEDI_BATCH", "many", "--batch"), ("TEDI_THREADS", "-1", "--threads"),
        ("TEDI_THREADS", "1e3", "--threads"), ("TEDI_DRAIN_SECONDS", "0", "--drain-seconds"),
        ("TEDI_LOG_LEVEL", "loud", "--log-level"), ("TEDI_WARM", "0", "--warm"), ("TEDI_NAME", "a b", "--name"),
        ("TEDI_ARTIFACTS", "", "--artifacts"), ("TEDI_PRECISION", "float16", "--precision"),
    ])
    func whatCannotBeUsedIsNamed(variable: String, value: String, flag: String) {
        let error = #expect(throws: WorkerConfigurationError.self) {
            try configuration(environment: Self.needed.merging([variable: value]) { $1 })
        }
        #expect(error?.description.contains(variable) == true)
        #expect(error?.description.contains(flag) == true)
    }

    @Test func everySettingHasAFlagAndAVariable() throws {
        let help = WorkerOptions.helpMessage(columns: 200) + ModelOptions.helpMessage(columns: 200)
        for setting in WorkerSetting.allCases {
            // A secret has no flag: what stands on the command line, every user of the machine can read.
            guard setting.flag != setting.variable else { continue }
            #expect(help.contains("\(setting.flag) "))
            #expect(help.contains("[\(setting.variable)]"))
        }
    }

    @Test func namesOfWorkersDiffer() {
        #expect(WorkerIdentity.make() != WorkerIdentity.make())
    }
}
