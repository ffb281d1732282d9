import Foundation
import JobDispatch
import JobStore
import NIOCore
import Postgres
import Redis

/// Why a command cannot do its work: one sentence for what is wrong, one for how to mend it.
struct StartupError: Error, CustomStringConvertible {
    let problem: String
    let remedy: String

    /// Says what is wrong and how to mend it.
    init(_ problem: String, remedy: String) {
        self.problem = problem
        self.remedy = remedy
    }

    /// One line: what is wrong, then how to mend it.
    var description: String { "\(problem). \(remedy).".replacing("\n", with: " ") }
}

extension StartupError {
    /// The error of a listening socket, in words.
    init(listeningOn address: String, _ error: any Error) {
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE:
            self.init(
                "\(address) is taken by another process",
                remedy: "Stop that process, or choose another address with --listen or TEDI_LISTEN")
        case EACCES:
            self.init(
                "This user may not listen on \(address)",
                remedy: "Choose a port from 1024 on with --listen or TEDI_LISTEN")
        case EADDRNOTAVAIL:
            self.init(
                "\(address) is no address of this machine",
                remedy: "Choose one that is with --listen or TEDI_LISTEN; 127.0.0.1:8080 is the default")
        default:
            self.init(
                "Cannot listen on \(address) (\(error))",
                remedy: "Choose an address such as 127.0.0.1:8080 with --listen or TEDI_LISTEN")
        }
    }
}

// MARK: Servers

extension StartupError {
    /// The error of a setting that a driver refuses, in words.
    static func explaining<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as PostgresError {
            throw StartupError("TEDI_POSTGRES is not valid (\(sentence(error.message)))", remedy: "Mend it")
        } catch let error as RedisError {
            throw StartupError(
                "TEDI_REDIS is not valid (\(sentence(error.message)))",
                remedy: "Write the path of a Unix socket, host:port, or redis://user:password@host:port")
        }
    }

    /// The error of the store when a command starts, in words.
    static func explaining<Value>(
        postgres address: String, _ body: () async throws(StoreError) -> Value
    ) async throws -> Value {
        do throws(StoreError) {
            return try await body()
        } catch {
            switch error.reason {
            case .unavailable:
                throw StartupError(
                    "PostgreSQL (\(address)) cannot be reached: \(sentence(error.message))",
                    remedy: "Start it, or mend TEDI_POSTGRES")
            case .wrongSchema:
                throw StartupError(
                    "The schema of the database is not the one of this version (\(sentence(error.message)))",
                    remedy: "An older one is also brought up to date by: serve --migrate")
            case .unsupportedServer:
                throw StartupError(
                    sentence(error.message), remedy: "Install a newer PostgreSQL, or point TEDI_POSTGRES to another one"
                )
            case .invalidValue, .notFound:
                throw StartupError(
                    sentence(error.message.prefix(1).uppercased() + error.message.dropFirst()),
                    remedy: "Mend the command line")
            default:
                throw StartupError(
                    "PostgreSQL at \(address) refuses to work (\(sentence(error.message)))",
                    remedy: "See its log, and mend TEDI_POSTGRES or the server")
            }
        }
    }

    /// The error of Redis when a command starts, in words.
    static func explaining(redis address: String, _ body: () async throws(DispatchError) -> Void) async throws {
        do throws(DispatchError) {
            try await body()
        } catch {
            let isDenied = error.reason == .accessDenied
            throw StartupError(
                "Redis (\(address)) \(isDenied ? "refuses this user" : "cannot be reached"): \(sentence(error.message))",
                remedy: isDenied
                    ? "Give TEDI_REDIS_USER and TEDI_REDIS_PASSWORD, or mend that user's rights (Deploy/redis.acl)"
                    : "Start it, or mend TEDI_REDIS")
        }
    }

    /// A message of a server as part of a sentence of ours: one line, no full stop.
    private static func sentence(_ message: String) -> String {
        // The name of the server stands before it already.
        let words = ["Redis: ", "PostgreSQL: "].reduce(message) {
            $0.hasPrefix($1) ? String($0.dropFirst($1.count)) : $0
        }
        let line = words.split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.hasSuffix(".") ? String(line.dropLast()) : line
    }
}
