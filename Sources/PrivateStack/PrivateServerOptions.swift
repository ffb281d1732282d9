public import Logging

/// How a private server is set up and how long it lives.
public struct PrivateServerOptions: Sendable {
    /// What ends a server.
    public enum Lifetime: Sendable {
        /// `stop()` only: it outlives the process that started it.
        case detached
        /// Also the end of the process that started it, however that ends, or the release of the object that did.
        case boundToStarter
    }

    /// Folder of the socket; nil means the server's own folder.
    ///
    /// Name a shorter one where that path is too long.
    public var socketDirectory: String?
    /// Folders that hold the server's programs; nil means where Debian and PATH have them.
    public var programDirectories: [String]?
    /// False trades the safety of committed data for speed; fit only for tests of other things.
    public var isDurable: Bool
    /// What ends the server.
    public var lifetime: Lifetime
    /// How long a start may take; recovery after a crash is part of it.
    public var startTimeout: Duration
    /// Further settings by name, for example `["max_connections": "200"]`.
    public var settings: [String: String]
    /// Words that start every program of the server, before its user is changed, such as `nsenter` and its options.
    public var wrapper: [String]
    /// Receives what the server goes through.
    public var logger: Logger

    /// Collects options; the defaults suit a server that people rely on.
    public init(
        socketDirectory: String? = nil,
        programDirectories: [String]? = nil,
        isDurable: Bool = true,
        lifetime: Lifetime = .detached,
        startTimeout: Duration = .seconds(120),
        settings: [String: String] = [:],
        wrapper: [String] = [],
        logger: Logger = Logger(label: "tedi.stack")
    ) {
        self.socketDirectory = socketDirectory
        self.programDirectories = programDirectories
        self.isDurable = isDurable
        self.lifetime = lifetime
        self.startTimeout = startTimeout
        self.settings = settings
        self.wrapper = wrapper
        self.logger = logger
    }
}
