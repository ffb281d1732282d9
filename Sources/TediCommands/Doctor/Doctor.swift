package import Client
import Foundation
import Glibc
import Images
import JobAPI
import Reporting

/// Looks at everything that Tedi needs on this machine; changes nothing.
package struct Doctor: Sendable {
    let folder: StateFolder
    /// Address of the coordinator; nil where none was named and no stack was ever started.
    let api: String?
    /// Who asks it.
    let apiKey: ApiKey?
    let pack: String?
    let environment: [String: String]
    /// Folder of the programs.
    let programs: String
    /// Folders in which PostgreSQL's and Redis's programs are looked for first.
    let serverFolders: [String]?
    /// Who has the usual port, where that is known already.
    let portOwner: String?

    /// Free space below which a check fails, and below which it warns, in bytes.
    static let leastSpace = (failed: 200 << 20, warning: 2 << 30)

    package init(
        folder: StateFolder, api: String?, apiKey: ApiKey? = nil, pack: String?, environment: [String: String],
        programs: String? = nil, serverFolders: [String]? = nil, portOwner: String? = nil
    ) {
        self.folder = folder
        self.api = api
        self.apiKey = apiKey
        self.pack = pack
        self.environment = environment
        self.programs = programs ?? Executables.ownFolder
        self.serverFolders = serverFolders
        self.portOwner = portOwner
    }

    package func run() async -> [Check] {
        var checks = [program("tedi-coordinator"), await worker()]
        checks += [await postgres(), await redis(), packCheck(), space(), port()]
        checks += processes()
        checks += await coordinator()
        checks.append(font())
        return checks
    }

    // MARK: Programs

    private func program(_ name: String) -> Check {
        do throws(CommandError) {
            return .ok(name, try Executables.require(name, besides: programs, environment: environment))
        } catch {
            return .failed(name, error)
        }
    }

    /// Whether the worker starts, which needs LibTorch, as the user that it would run as.
    private func worker() async -> Check {
        let check = program("tedi-worker")
        guard check.state == .ok else { return check }
        let result = await ProgramOutput.of(asUser + [check.found, "--version"], environment: environment)
        guard result.status != 0 else {
            let version = result.text.split(separator: "\n").first.map(String.init) ?? "?"
            return .ok(check.name, "\(check.found), version \(version), LibTorch is found")
        }
        let said =
            result.text.split(separator: "\n").last.map(String.init) ?? "it says nothing (status \(result.status))"
        return .failed(
            check.name, "\(check.found) does not start: \(said)",
            remedy: LoaderMessage.remedy(for: result.text)
                ?? "Open the folders above it to every user (chmod o+x), or build it again.")
    }

    /// Words that start a program as the user of the private stack, where this is root.
    private var asUser: [String] {
        guard geteuid() == 0, let user = try? UnprivilegedUser.choose(environment: environment),
            let setpriv = Executables.find("setpriv", besides: "/usr/bin", environment: environment)
        else { return [] }
        // Between the two stands env, because setpriv itself still has root's capabilities when it runs a program.
        return [setpriv, "--reuid=\(user.user)", "--regid=\(user.group)", "--clear-groups", "--", "/usr/bin/env", "--"]
    }

    private func postgres() async -> Check {
        let folders = serverFolders ?? ServerPrograms.postgresFolders()
        return await server(
            "PostgreSQL", program: "postgres", in: folders, marker: "(PostgreSQL) ", oldest: [15],
            remedy: "Install it: apt-get install postgresql")
    }

    private func redis() async -> Check {
        await server(
            "Redis", program: "redis-server", in: serverFolders ?? ServerPrograms.searchPath(environment), marker: "v=",
            oldest: [6, 2], remedy: "Install it: apt-get install redis-server")
    }

    private func server(
        _ name: String, program: String, in folders: [String], marker: String, oldest: [Int], remedy: String
    ) async -> Check {
        var best: (path: String, version: [Int])?
        for path in folders.map({ "\($0)/\(program)" }) where FileManager.default.isExecutableFile(atPath: path) {
            let result = await ProgramOutput.of([path, "--version"], environment: environment)
            guard let version = ServerPrograms.version(in: result.text, after: marker) else { continue }
            if best.map({ $0.version.lexicographicallyPrecedes(version) }) ?? true { best = (path, version) }
        }
        let needed = oldest.map(String.init).joined(separator: ".")
        guard let best else { return .failed(name, "it is not installed", remedy: remedy) }
        let version = best.version.map(String.init).joined(separator: ".")
        guard !best.version.lexicographicallyPrecedes(oldest) else {
            return .failed(name, "\(version) (\(best.path)) is too old", remedy: "Install \(needed) or later.")
        }
        return .ok(name, "\(version) (\(best.path)); \(needed) or later is needed")
    }

    // MARK: Files

    private func packCheck() -> Check {
        do throws(CommandError) {
            let pack = try packToUse()
            if let damage = pack.damage() {
                return .failed(
                    "pack", "\(pack.path): \(damage)", remedy: "Fetch the pack again, or name another with --pack.")
            }
            return .ok("pack", "\(pack.name) (\(pack.digest.prefix(12))) in \(pack.path)")
        } catch {
            return .failed("pack", error)
        }
    }

    /// The pack that `tedi up` would take: the one that is named, that of the last run, or the one that is found.
    private func packToUse() throws(CommandError) -> PackFolder {
        if let named = try PackFolder.named(flag: pack, environment: environment) { return named }
        let last = StackNote.read(from: folder).flatMap { try? PackFolder($0.pack, source: "the pack of the last run") }
        if let last { return last }
        return try PackFolder.usual(programs: programs)
    }

    private func space() -> Check {
        // Until the first tedi up the folder is not there; what counts is the disk that it will be on.
        var place = URL(fileURLWithPath: folder.path)
        while !FileManager.default.fileExists(atPath: place.path), place.path != "/" { place.deleteLastPathComponent() }
        var status = statvfs()
        guard statvfs(place.path, &status) == 0 else {
            return .failed(
                "disk", "\(place.path): \(String(cString: strerror(errno)))",
                remedy: "Choose another folder with --state.")
        }
        let free = Int(status.f_bavail) * Int(status.f_frsize)
        let found = "\(ProgressLine.grouped(free >> 20)) MiB are free for \(folder.path)"
        if free < Self.leastSpace.failed {
            return .failed("disk", found, remedy: "Make room, or choose another folder with --state.")
        }
        guard free >= Self.leastSpace.warning else {
            return .warning("disk", found, remedy: "Make room: a million images of 64 pixels take about 10 GiB.")
        }
        return .ok("disk", found)
    }

    private func font() -> Check {
        guard let path = FontFile.find() else {
            return .warning(
                "font", "none was found: contact sheets have no captions",
                remedy: "Install one (apt-get install fonts-dejavu-core) or name one with TEDI_FONT.")
        }
        return .ok("font", path)
    }

    // MARK: What runs

    private func port() -> Check {
        let port = StackOptions.usualPort
        guard !Ports.isFree(port) else { return .ok("port", "\(port) is free") }
        let owner = portOwner ?? Ports.owner(of: port) ?? "another process"
        if api?.hasSuffix(":\(port)") == true { return .ok("port", "\(port) belongs to \(owner)") }
        return .warning(
            "port", "\(port) is taken by \(owner)",
            remedy: "tedi up will take a free port instead; tedi finds it by the state folder.")
    }

    private func processes() -> [Check] {
        guard let note = StackNote.read(from: folder),
            let view = LocalStackView(of: folder, api: note.api, environment: environment)
        else { return [.skipped("stack", "none was started in \(folder.path); start one with: tedi up")] }
        let missing = view.processes.filter { $0.pid == nil }
        guard missing.count < view.processes.count else {
            return [.skipped("stack", "that of \(folder.path) is stopped; start it with: tedi up")]
        }
        guard missing.isEmpty else {
            let names = missing.map(\.name).joined(separator: ", ")
            return [
                .failed(
                    "stack", "\(names) of \(folder.path) does not run",
                    remedy:
                        "Start what is missing with: tedi up --state \(folder.path). The logs are in \(folder.logs).")
            ]
        }
        return [.ok("stack", "\(view.processes.count) processes run in \(folder.path)")]
    }

    private func coordinator() async -> [Check] {
        guard let api else { return [.skipped("api", "no coordinator is named, and no private stack was started")] }
        do {
            return try await TediClient.connected(to: api, apiKey: apiKey) { client in
                let health = try await client.readiness()
                let parts = health.checks.sorted { $0.key < $1.key }.map { name, state in
                    state == "ok"
                        ? Check.ok("api: \(name)", "well")
                        : .failed("api: \(name)", state, remedy: Self.remedy(for: name))
                }
                return [.ok("api", "\(api) answers")] + parts + [await workers(of: client)]
            }
        } catch {
            let text = (error as? ClientError).map { CommandError($0).lines[0] } ?? "\(error)"
            return [
                .failed("api", text, remedy: "Start the stack with: tedi up. Or name another with --api or TEDI_API.")
            ]
        }
    }

    private func workers(of client: TediClient) async -> Check {
        do throws(ClientError) {
            let models = try await client.models().filter { $0.workers > 0 }
            guard !models.isEmpty else {
                return .failed(
                    "workers", "none has announced a model", remedy: "Start one with: tedi up, or tedi-worker run.")
            }
            return .ok("workers", models.map { "\($0.name): \($0.workers)" }.joined(separator: ", "))
        } catch {
            return .skipped("workers", CommandError(error).lines[0])
        }
    }

    /// What to do about a check of the coordinator's own.
    private static func remedy(for check: String) -> String {
        switch check {
        case "postgres":
            "Start PostgreSQL (tedi up does it for a private stack), or mend TEDI_POSTGRES of the coordinator."
        case "redis": "Start Redis (tedi up does it for a private stack), or mend TEDI_REDIS of the coordinator."
        case "migrations": "Bring the schema up to date: tedi-coordinator migrate"
        case "leader": "Wait some seconds; if nobody leads then, look at the coordinator's log."
        default: "Look at the coordinator's log."
        }
    }
}

/// Finds the programs of the servers, for looking at only.
package enum ServerPrograms {
    static func searchPath(_ environment: [String: String]) -> [String] {
        environment["PATH", default: ""].split(separator: ":").map(String.init) + ["/usr/bin", "/usr/sbin"]
    }

    /// Debian keeps each version of PostgreSQL in a folder of its own, outside of PATH.
    static func postgresFolders() -> [String] {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return versions.map { "\(root)/\($0)/bin" } + [
            "/usr/bin", "/usr/local/bin", "/usr/local/pgsql/bin", "/usr/pgsql/bin",
        ]
    }

    /// The run of digits and dots behind a marker, as in `Redis server v=7.0.15`.
    package static func version(in text: String, after marker: String) -> [Int]? {
        guard let range = text.range(of: marker) else { return nil }
        let digits = text[range.upperBound...].prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let parts = digits.split(separator: ".").compactMap { Int($0) }
        return parts.isEmpty ? nil : parts
    }
}
