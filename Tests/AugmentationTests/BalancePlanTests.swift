import Augmentation
import FaceData
import Testing

@Suite("Plans that balance")
struct BalancePlanTests {
    private func images(_ count: Int, _ attributes: (Int) -> [String: Bool]) -> [(
        image: Int, attributes: [String: Bool]
    )] {
        (0..<count).map { ($0, attributes($0)) }
    }

    private func target(_ attribute: FaceAttribute, _ share: Double) -> Recipe.Target {
        Recipe.Target(attribute: attribute, share: share)
    }

    @Test("Shares come to what is wanted with the fewest samples")
    func reached() {
        let faces = images(1000) { ["Smiling": $0 < 200, "Eyeglasses": $0 % 10 == 0] }
        let plan = BalancePlan(
            [target(.smiling, 0.5), target(.eyeglasses, 0.1)], variants: 2, images: faces,
            order: { UInt64($0 * 7919 % 1009) })
        #expect(abs(plan.rows[0].after - 0.5) < 0.005)
        #expect(abs(plan.rows[1].after - 0.1) < 0.005)
        #expect(plan.rows[0].before == 0.2)
        // (200 + n) / (1000 + n) = 1/2
        #expect(abs(plan.assignments.count - 600) <= 8)
        #expect(plan.rows.map(\.added).reduce(0, +) == plan.assignments.count)
        let uses = Dictionary(grouping: plan.assignments, by: \.image).mapValues(\.count)
        #expect(uses.values.allSatisfy { $0 <= 2 })
    }

    @Test("What is there already is planned no second time")
    func standing() {
        let faces = images(100) { ["Smiling": $0 < 20] }
        let targets = [target(.smiling, 0.5)]
        let first = BalancePlan(targets, variants: 3, images: faces, order: { UInt64($0) })
        #expect(!first.assignments.isEmpty)
        let again = BalancePlan(
            targets, variants: 3, images: faces, standing: first.assignments.map { _ in ["Smiling": true] },
            used: { image in first.assignments.count { $0.image == image } }, order: { UInt64($0) })
        #expect(again.assignments.isEmpty)
        #expect(again.rows[0].before == first.rows[0].after)
    }

    @Test("A hair colour takes the place of another")
    func exclusive() {
        let faces = images(200) { ["Black_Hair": $0 < 150, "Blond_Hair": $0 >= 150] }
        let plan = BalancePlan(
            [target(.blackHair, 0.5), target(.blondHair, 0.5)], variants: 1, images: faces, order: { UInt64($0) })
        #expect(abs(plan.rows[0].after - 0.5) < 0.01)
        #expect(abs(plan.rows[1].after - 0.5) < 0.01)
        #expect(plan.rows[0].removed == 0)
    }

    @Test("Where the variants do not suffice, the plan comes as near as it can")
    func bounded() {
        let faces = images(100) { _ in ["Smiling": false] }
        let plan = BalancePlan([target(.smiling, 0.9)], variants: 1, images: faces, order: { UInt64($0) })
        #expect(plan.assignments.count == 100)
        #expect(plan.rows[0].after == 0.5)
    }

    @Test("Samples of other policies count; those in another style say nothing of colours")
    func company() {
        let faces = images(100) { ["Smiling": $0 < 20, "Black_Hair": $0 < 50] }
        let plan = BalancePlan(
            [target(.smiling, 0.5), target(.blackHair, 0.5)], variants: 9, images: faces,
            company: { _ in
                BalancePlan.Company(whole: 1, recoloured: 1, others: [["Smiling": true, "Black_Hair": true]])
            },
            order: { UInt64($0) })
        // 60 of 300 and 100 of 100 smile; what brings one share nearer takes the other a little away in the end.
        #expect(plan.rows[0].before == 0.4)
        #expect(abs(plan.rows[0].after - 0.5) < 0.03)
        #expect(abs(plan.rows[1].before - 200.0 / 300) < 0.001)
    }

    @Test("No image, or nothing to do, gives no plan")
    func nothing() {
        #expect(
            BalancePlan([target(.smiling, 0.5)], variants: 1, images: [], order: { UInt64($0) }).assignments.isEmpty)
        let faces = images(100) { ["Smiling": $0 < 50] }
        #expect(
            BalancePlan([target(.smiling, 0.5)], variants: 1, images: faces, order: { UInt64($0) }).assignments.isEmpty)
    }
}
