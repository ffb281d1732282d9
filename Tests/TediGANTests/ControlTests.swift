import TediGAN
import Testing

@Suite("Layer policy")
struct LayerPolicyTests {
    private func named(_ caption: String) -> [String] {
        SmallModel.policy.named(in: caption).map { ($0.isPresent ? "+" : "-") + $0.attribute }
    }

    @Test(
        "Words name attributes",
        arguments: [
            ("A man with a beard.", ["+Male", "+Beard"]), ("She has no beard", ["-Male", "-Beard"]),
            ("WOMAN; blond hair", ["-Male", "+Blond_Hair"]), ("a manly shed", []), ("no, beard", ["-Beard"]),
            ("blond", []), ("blond hair, black hair", ["+Blond_Hair", "+Black_Hair"]), ("", []),
            ("he ... she", ["+Male"]), ("no no beard", ["-Beard"]), ("beard no", ["+Beard"]),
        ])
    func matching(caption: String, expected: [String]) {
        #expect(named(caption) == expected)
    }

    @Test("A phrase may name several attributes, and the longest phrase wins")
    func overlaps() {
        let policy = LayerPolicy(attributes: [
            AttributePolicy(attribute: "A", positive: ["grey hair", "old"], layers: [0]),
            AttributePolicy(attribute: "B", positive: ["old"], negative: ["not old"], layers: [1]),
            AttributePolicy(attribute: "C", positive: ["old man"], layers: [2]),
        ])
        #expect(policy.named(in: "old").map(\.attribute) == ["A", "B"])
        #expect(policy.named(in: "old man").map(\.attribute) == ["C"])
        #expect(policy.named(in: "not old") == [NamedAttribute(attribute: "B", isPresent: false)])
    }

    @Test("A policy that does not fit the code is refused with the attribute's name")
    func validation() {
        func refused(_ policy: AttributePolicy) -> String {
            do throws(TediGANError) {
                try LayerPolicy(attributes: [policy]).validate(layers: 6, subspaces: ["s"])
                return ""
            } catch {
                return error.description
            }
        }
        #expect(refused(.init(attribute: "A", positive: ["a"], layers: [0, 5], subspace: "s")).isEmpty)
        #expect(refused(.init(attribute: "A", positive: ["a"], layers: [6])).contains("layers of A"))
        #expect(refused(.init(attribute: "A", positive: ["a"], layers: [])).contains("layers of A"))
        #expect(refused(.init(attribute: "A", positive: ["a"], layers: [2, 1])).contains("layers of A"))
        #expect(refused(.init(attribute: "A", positive: ["!"], layers: [1])).contains("phrases of A"))
        #expect(refused(.init(attribute: "A", positive: ["a"], layers: [1], subspace: "t")).contains("subspace t"))
        #expect(refused(.init(attribute: "", positive: ["a"], layers: [1])).contains("name"))
    }
}

@Suite("Control mechanism")
struct ControlMechanismTests {
    private let content = LatentCode(layers: 6, width: 4, values: (0..<24).map { Float($0) })
    private let style = LatentCode(layers: 6, width: 4, values: (0..<24).map { Float(-$0) * 0.5 + 3 })

    private func mechanism(_ attributes: [AttributePolicy], _ subspaces: [String: Subspace] = [:]) -> ControlMechanism {
        ControlMechanism(policy: LayerPolicy(attributes: attributes), subspaces: subspaces, layers: 6, width: 4)
    }

    private func named(_ names: String...) -> [NamedAttribute] {
        names.map { NamedAttribute(attribute: $0, isPresent: true) }
    }

    @Test("Named layers come from the text, the rest from the style")
    func layers() {
        let control = mechanism([
            AttributePolicy(attribute: "A", positive: ["a"], layers: [1, 2]),
            AttributePolicy(attribute: "B", positive: ["b"], layers: [2, 5]),
        ])
        let mixed = control.mix(style, with: content, claims: control.claims(of: named("A")))
        for layer in 0..<6 {
            #expect(mixed[layer: layer] == ([1, 2].contains(layer) ? content : style)[layer: layer])
        }
        let both = control.mix(style, with: content, claims: control.claims(of: named("A", "B")))
        #expect(both[layer: 5] == content[layer: 5])
        #expect(control.mix(style, with: content, claims: control.claims(of: [])) == style)
    }

    @Test("A subspace takes only its directions, and whole layers take precedence")
    func subspaces() {
        let axis = Subspace(spanning: [2, 0, 0, 0], width: 4)
        let control = mechanism(
            [
                AttributePolicy(attribute: "A", positive: ["a"], layers: [0, 1], subspace: "x"),
                AttributePolicy(attribute: "B", positive: ["b"], layers: [1]),
            ], ["x": axis])
        let mixed = control.mix(style, with: content, claims: control.claims(of: named("A")))
        #expect(abs(mixed.values[0] - content.values[0]) < 1e-5)
        #expect(mixed.values[1...3] == style.values[1...3])
        #expect(mixed[layer: 2] == style[layer: 2])
        #expect(control.claims(of: named("A", "B"))[1] == .whole)
    }

    @Test("Joined subspaces carry both attributes, also where their directions overlap")
    func joined() {
        let control = mechanism(
            [
                AttributePolicy(attribute: "A", positive: ["a"], layers: [0], subspace: "x"),
                AttributePolicy(attribute: "B", positive: ["b"], layers: [0], subspace: "y"),
            ],
            [
                "x": Subspace(spanning: [1, 0, 0, 0], width: 4),
                "y": Subspace(spanning: [1, 1, 0, 0, 2, 2, 0, 0], width: 4),
            ])
        let claims = control.claims(of: named("A", "B"))
        guard case .part(let subspace) = claims[0] else {
            Issue.record("\(claims[0])")
            return
        }
        #expect(subspace.dimension == 2)
        let mixed = control.mix(style, with: content, claims: claims)
        for index in 0..<4 {
            #expect(abs(mixed.values[index] - (index < 2 ? content : style).values[index]) < 1e-5)
        }
    }

    @Test("The nearest candidate is judged by what is claimed alone")
    func nearest() {
        let control = mechanism([AttributePolicy(attribute: "A", positive: ["a"], layers: [3])])
        let claims = control.claims(of: named("A"))
        var close = style
        close[layer: 3] = content[layer: 3]
        close[layer: 0] = [900, 900, 900, 900]
        var second = close
        second[layer: 3] = [1, 1, 1, 1]
        let best = control.nearest(to: content, among: [style, second, close, close], claims: claims)
        #expect(best?.index == 2)
        #expect(best?.distance == 0)
        #expect(control.nearest(to: content, among: [], claims: claims) == nil)
    }

    @Test("A basis is orthonormal, spans its rows and drops dependent ones")
    func orthonormal() {
        let rows: [Float] = [1, 2, 3, 4, 2, 4, 6, 8, 0, 1, 0, 1, 0, 0, 0, 0]
        let subspace = Subspace(spanning: rows, width: 4)
        #expect(subspace.dimension == 2)
        for first in 0..<2 {
            for second in 0..<2 {
                let product = (0..<4).reduce(Float(0)) {
                    $0 + subspace.basis[first * 4 + $1] * subspace.basis[second * 4 + $1]
                }
                #expect(abs(product - (first == second ? 1 : 0)) < 1e-6)
            }
        }
    }
}
