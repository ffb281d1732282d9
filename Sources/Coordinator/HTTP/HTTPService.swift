import Foundation
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Telemetry

/// Serves the HTTP interface; on shutdown it accepts nothing more and finishes what is under way.
struct HTTPService: Service {
    let responder: RouterResponder<AccessContext>
    let host: String
    let port: Int
    /// What one client may take up.
    let limits: ConnectionLimits
    /// A file that gets the address listened on, for whoever started the coordinator with port 0.
    let addressFile: String?
    /// Told the address as soon as requests are accepted.
    let onListening: @Sendable (_ address: String) -> Void
    let logger: Logger

    func run() async throws {
        // The server's own lines about its start and end repeat ours.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            responder: responder,
            server: .guarded(limits),
            configuration: .init(address: .hostname(host, port: port), backlog: limits.backlog),
            onServerRunning: { channel in announce(channel) }, logger: quiet)
        do {
            try await application.run()
        } catch let error as IOError {
            throw StartupError(listeningOn: "\(host):\(port)", error)
        } catch let error as SocketAddressError {
            throw StartupError(listeningOn: "\(host):\(port)", error)
        }
    }

    private func announce(_ channel: any Channel) {
        let port = channel.localAddress?.port ?? port
        let address = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        logger.notice("Listening", metadata: [LogKey.address: "\(address)"])
        if let addressFile {
            do {
                try Data("\(address)\n".utf8).write(to: URL(filePath: addressFile), options: .atomic)
            } catch {
                logger.error(
                    "The address file cannot be written",
                    metadata: [LogKey.address: "\(addressFile)", LogKey.error: "\(error)"])
            }
        }
        onListening(address)
    }
}
