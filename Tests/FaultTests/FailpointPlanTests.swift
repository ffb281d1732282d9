import Testing

@testable import Failpoints

@Suite("Plans of failpoints")
struct FailpointPlanTests {
    @Test("A plan has a point, an arrival and an action")
    func readPlans() throws {
        let plain = try FailpointPlan("afterPush")
        #expect((plain.point, plain.number, plain.action) == (.afterPush, 1, .kill))
        let full = try FailpointPlan("afterDispatchCommit:3=error")
        #expect((full.point, full.number, full.action) == (.afterDispatchCommit, 3, .error))
        #expect(try FailpointPlan("beforeClaim=stop").action == .stop)
        #expect(try FailpointPlan("midArtifact:2=sleep250").action == .sleep(250))
    }

    @Test(
        "What is no plan is refused",
        arguments: [
            "", "nowhere", "afterPush:0", "afterPush:x", "afterPush=burn", "afterPush=sleep0", "midArtifact=error",
        ])
    func refusePlans(_ text: String) {
        #expect(throws: FailpointPlanError.self) { try FailpointPlan(text) }
    }

    @Test("It happens at the n-th arrival, once")
    func arrivals() throws {
        let plan = try FailpointPlan("afterPush:2=error")
        try plan.arriveThrowing()
        #expect(throws: InjectedFault(point: .afterPush)) { try plan.arriveThrowing() }
        try plan.arriveThrowing()
    }
}
