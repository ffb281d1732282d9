import Glibc
import PrivateStack
import Testing

@Suite("Telling a server from a stranger")
struct ServerSightingTests {
    private static func judge(
        _ place: Result<String, ServerSighting.PlaceError>, owner: uid_t? = 70, name: String? = "postgres",
        folderOwner: uid_t? = 70
    ) -> ServerSighting {
        ServerSighting(place: place, owner: owner, name: name, folder: "/srv/data", folderOwner: folderOwner)
    }

    private static func unreadable(_ number: CInt) -> Result<String, ServerSighting.PlaceError> {
        .failure(ServerSighting.PlaceError(number: number))
    }

    @Test("The folder that it works in decides")
    func place() {
        #expect(Self.judge(.success("/srv/data")) == .server)
        #expect(Self.judge(.success("/srv/other")) == .stranger)
        #expect(Self.judge(.success("/srv/data (deleted)")) == .stranger)
        #expect(Self.judge(Self.unreadable(ENOENT)) == .gone)
    }

    @Test("Where root may not look, the owner and the program's name decide", arguments: [EACCES, EPERM])
    func closed(number: CInt) {
        let place = Self.unreadable(number)
        #expect(Self.judge(place) == .server)
        #expect(Self.judge(place, name: "redis-server") == .server)
        #expect(Self.judge(place, name: "bash") == .hidden)
        #expect(Self.judge(place, owner: 33) == .hidden)
        #expect(Self.judge(place, name: nil) == .hidden)
        #expect(Self.judge(place, owner: nil, folderOwner: nil) == .hidden)
    }

    @Test("This process is a stranger to a folder that it does not work in; a number without a process is gone")
    func real() {
        #expect(ServerSighting(of: getpid(), in: "/nonexistent/data") == .stranger)
        // Above the greatest number that Linux gives out.
        #expect(ServerSighting(of: 1 << 23, in: "/nonexistent/data") == .gone)
    }
}
