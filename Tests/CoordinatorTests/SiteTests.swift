import JobAPI
import Testing

@testable import Coordinator

@Suite("Web pages of others, where no keys are asked for", .timeLimit(.minutes(15)))
struct SiteTests {
    @Test("Programs and pages of the coordinator's own address pass; other sites and strange names do not")
    func sites() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { try await check($0.api) }
        }
    }

    private func check(_ api: API) async throws {
        let own = api.base
        let address = String(own.dropFirst("http://".count))
        let port = String(address.drop { $0 != ":" })
        let body = #"{"name": "n", "model": "demo"}"#
        let passes: [[String: String]] = [
            [:],
            ["Origin": own],
            ["Origin": own, "Sec-Fetch-Site": "same-origin"],
            ["Sec-Fetch-Site": "none"],
            ["Host": "localhost\(port)", "Origin": "http://LOCALHOST\(port)"],
            ["Host": "[::1]\(port)"],
            ["Host": "10.1.2.3", "Origin": "http://10.1.2.3:80"],
        ]
        for headers in passes {
            let answer = try await api.post(Routes.batches, json: body, headers: headers)
            #expect(answer.status == 201, "\(headers)")
        }
        let refused: [[String: String]] = [
            ["Origin": "http://evil.example"],
            ["Origin": "null"],
            ["Origin": "https://\(address)"],
            ["Origin": "http://127.0.0.1:1"],
            ["Origin": "http://localhost\(port)"],
            ["Sec-Fetch-Site": "cross-site"],
            ["Host": "evil.example"],
            ["Host": "evil.example\(port)", "Origin": "http://evil.example\(port)", "Sec-Fetch-Site": "same-origin"],
            ["Host": "127.0.0.1.evil.example"],
            ["Host": "localhost.evil.example\(port)"],
        ]
        for headers in refused {
            for path in [Routes.batches, "/healthz", "/nowhere"] {
                let answer = try await api.send("GET", path, headers: headers)
                #expect(answer.status == 403, "\(path) \(headers)")
                #expect(answer.headers["content-type"] == Routes.problemContentType)
                #expect(try answer.problem.code == .crossSite)
            }
            // A form of any site may send this without asking first.
            let plain = headers.merging(["Content-Type": "text/plain"]) { $1 }
            let answer = try await api.send("POST", Routes.purgeDead, headers: plain)
            #expect(answer.status == 403, "\(headers)")
        }
        #expect(try await api.get(Routes.batches, as: BatchPage.self).batches.count == passes.count)
    }

    @Test("The name that is listened on is known")
    func listening() {
        let named = SiteMiddleware(listening: "Tedi.example")
        for host in ["tedi.example", "TEDI.example:8080", "localhost:1", "[2001:db8::1]:80", "192.0.2.7"] {
            #expect(named.isOwn(host), "\(host)")
        }
        for host in ["", ":80", "example", "x.tedi.example", "tedi.example.x:80", "192.0.2.7.x", "[::1].x", "[x]"] {
            #expect(!named.isOwn(host), "\(host)")
        }
    }

    @Test("Where keys are asked for they are what counts")
    func keys() async throws {
        try await World.with { world in
            var configuration = world.configuration(name: "one")
            configuration.needsKeys = true
            let coordinator = try await RunningCoordinator.start(configuration)
            let headers = ["Origin": "http://evil.example", "Host": "evil.example"]
            let answer = try await coordinator.api.send("GET", Routes.batches, headers: headers)
            #expect(answer.status == 401)
            try await coordinator.stop()
        }
    }
}
