import Foundation
import Jobs

/// The time zones that this machine knows.
enum Zones {
    /// The rules of a zone by its IANA name, such as `Europe/Berlin`; nil where there is no such zone.
    @Sendable static func offset(_ name: String) -> ZoneOffset? {
        guard let zone = TimeZone(identifier: name) else { return nil }
        return { zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double($0))) }
    }
}
