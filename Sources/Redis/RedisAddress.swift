import Foundation

/// An address of the form `redis://user:password@host:port/database`.
///
/// No error names the address: it may hold a password.
struct RedisAddress {
    var endpoint: RedisEndpoint
    var username: String?
    var password: String?
    var database = 0

    /// Most bytes of a file with a password.
    static let maximumPasswordBytes = 4_096

    /// Reads an address; `nil` where it is of another form.
    init?(_ address: String) throws(RedisError) {
        guard let scheme = address.range(of: "://") else { return nil }
        guard address[..<scheme.lowerBound] == "redis" else {
            throw RedisError(.misuse, "the scheme of a Redis address has to be redis://; connections are not encrypted")
        }
        guard let parts = URLComponents(string: address), let host = parts.host, !host.isEmpty,
            let port = Optional(parts.port ?? 6_379), (1...65_535).contains(port), parts.query == nil,
            parts.fragment == nil, let database = Self.database(parts.path)
        else {
            throw RedisError(
                .misuse,
                "the Redis address cannot be read; write redis://user:password@host:port/0, with %40 for @ in a password"
            )
        }
        let name = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        endpoint = .tcp(host: name, port: port)
        username = parts.user.flatMap { $0.isEmpty ? nil : $0 }
        password = parts.password.flatMap { $0.isEmpty ? nil : $0 }
        self.database = database
    }

    private static func database(_ path: String) -> Int? {
        let text = path.drop { $0 == "/" }
        if text.isEmpty { return 0 }
        return Int(text).flatMap { (0...1_000_000).contains($0) ? $0 : nil }
    }

    /// The password in a file.
    static func password(in file: String) throws(RedisError) -> String {
        guard let handle = FileHandle(forReadingAtPath: file) else {
            throw RedisError(.misuse, "the password file \(file) cannot be opened; let this user read it")
        }
        defer { try? handle.close() }
        guard let bytes = try? handle.read(upToCount: maximumPasswordBytes + 1), bytes.count <= maximumPasswordBytes
        else { throw RedisError(.misuse, "the password file \(file) cannot be read, or is too long") }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let line = text.split(whereSeparator: \.isNewline).first else {
            throw RedisError(.misuse, "the password file \(file) is empty")
        }
        return String(line)
    }
}
