/// Works out one face: decides the attributes in an order that lets later ones depend on earlier ones, then fills
/// the linear code, leaving zero what is not drawn.
struct FaceDraft {
    let uniforms: [Float]
    let forced: [FaceAttribute: Bool]
    private var result = FaceParameters()
    /// Where in its class each decided attribute lies, in [0, 1].
    private var amounts = [Float](repeating: 0.5, count: FaceAttribute.allCases.count)
    private var hair = Palette.brownHair

    init(uniforms: [Float], forced: [FaceAttribute: Bool]) {
        self.uniforms = uniforms
        self.forced = forced
    }

    mutating func face() -> FaceParameters {
        decideHead()
        decideHair()
        decideFeatures()
        decideThingsWorn()
        codePose()
        codeShape()
        codeHair()
        codeThingsWorn()
        codePaint()
        return result
    }

    // MARK: Decisions

    private mutating func decideHead() {
        decide(.male, .male, 0.46)
        decide(.young, .young, 0.6)
        decide(.paleSkin, .skin, 0.2)
        decide(.rosyCheeks, .rosyCheeks, 0.25)
        // One column decides the build, so that chubby and oval exclude each other.
        decide(.chubby, .shape, 0.22)
        let u = uniforms[.shape]
        if forced[.chubby] == nil || !has(.chubby) {
            let oval = forced[.ovalFace] ?? (u > 0.68)
            if oval, forced[.ovalFace] == true { set(.chubby, false) }
            set(.ovalFace, oval && !has(.chubby))
        }
        amounts[FaceAttribute.ovalFace.index] =
            has(.ovalFace) ? max(0, (u - 0.68) / 0.32) : min(max((u - 0.22) / 0.46, 0), 1)
    }

    private mutating func decideHair() {
        decide(.bald, .bald, has(.male) ? 0.24 : 0)
        decide(.hat, .hat, has(.bald) ? 0 : 0.24)
        if has(.hat) { set(.bald, false) }
        decide(.longHair, .longHair, has(.male) ? 0.15 : 0.68, possible: !has(.bald))
        decide(.bangs, .bangs, has(.male) ? 0.25 : 0.45, possible: !has(.bald) && !has(.hat))
        decide(.wavyHair, .wavyHair, 0.4, possible: !has(.bald) && (has(.longHair) || !has(.hat)))
        decideHairColour()
    }

    private mutating func decideHairColour() {
        let gray: Float = has(.young) ? 0.04 : 0.55
        let rest = 1 - gray
        let classes: [(FaceAttribute, Colour, Float)] = [
            (.grayHair, Palette.grayHair, gray), (.blackHair, Palette.blackHair, rest * 0.29),
            (.brownHair, Palette.brownHair, rest * 0.27), (.blondHair, Palette.blondHair, rest * 0.24),
            (.redHair, Palette.redHair, rest * 0.2),
        ]
        var left = uniforms[.hairColour]
        var chosen = classes.firstIndex { entry in
            left -= entry.2
            return left <= 0
        }
        if let wanted = classes.firstIndex(where: { forced[$0.0] == true }) { chosen = wanted }
        if let natural = chosen, forced[classes[natural].0] == false {
            chosen = classes.firstIndex { forced[$0.0] != false && $0.0 != .grayHair }
        }
        let entry = classes[chosen ?? classes.count - 1]
        hair = entry.1.scaled(0.93 + 0.14 * uniforms[.hairShade])
        // A bald head still has brows and perhaps a beard of this colour, but no hair to name.
        set(entry.0, !has(.bald))
    }

    private mutating func decideFeatures() {
        let male = has(.male)
        decide(.bushyEyebrows, .bushyEyebrows, male ? 0.5 : 0.14)
        decide(.archedEyebrows, .archedEyebrows, male ? 0.16 : 0.5)
        decide(.narrowEyes, .narrowEyes, 0.25)
        decide(.bigNose, .bigNose, 0.32)
        decide(.bigLips, .bigLips, 0.32)
        decide(.smiling, .smiling, 0.5)
        decide(.mouthOpen, .mouthOpen, 0.38)
        decide(.beard, .beard, male ? 0.34 : 0)
        let goatee = male && uniforms[.beard] > 0.74
        set(.goatee, !has(.beard) && (forced[.goatee] ?? goatee))
        decide(.mustache, .mustache, male ? 0.36 : 0)
    }

    private mutating func decideThingsWorn() {
        let male = has(.male)
        decide(.eyeglasses, .eyeglasses, 0.32)
        decide(.earrings, .earrings, male ? 0.08 : 0.52)
        decide(.necktie, .necktie, male ? 0.36 : 0)
        decide(.necklace, .necklace, male ? 0.08 : 0.44, possible: !has(.necktie))
        decide(.lipstick, .lipstick, male ? 0 : 0.6)
        decide(.heavyMakeup, .makeup, male ? 0 : 0.42)
    }

    // MARK: Code

    private mutating func codePose() {
        result.code[.yaw] = signed(.yaw)
        result.code[.roll] = signed(.roll)
        result.code[.shiftX] = signed(.shiftX)
        result.code[.shiftY] = signed(.shiftY)
        result.code[.zoom] = signed(.zoom)
    }

    private mutating func codeShape() {
        let male = has(.male)
        result.code[.male] = male ? 1 : 0
        result.code[.age] = has(.young) ? 0 : 1
        result.code[.chubby] = has(.chubby) ? 1 : 0
        let build = amount(.ovalFace)
        let length = uniforms[.faceLength]
        if has(.chubby) {
            result.code[.faceWidth] = 0.75 + 0.25 * amount(.chubby)
            result.code[.faceLength] = -0.5 + 0.3 * length
        } else if has(.ovalFace) {
            result.code[.faceWidth] = -0.75 - 0.25 * build
            result.code[.faceLength] = 0.6 + 0.4 * length
        } else {
            result.code[.faceWidth] = -0.1 + 0.3 * build
            result.code[.faceLength] = -0.3 + 0.4 * length
        }
        let square = uniforms[.jaw]
        result.code[.jaw] = (male ? 0.6 + 0.4 * square : 0.25 * square) * (has(.ovalFace) ? 0.6 : 1)
        result.code[.eyeSize] = signed(.eyeSize)
        result.code[.eyeSpacing] = signed(.eyeSpacing)
        result.code[.eyeOpening] = has(.narrowEyes) ? 0.25 * amount(.narrowEyes) : 0.9 + 0.1 * amount(.narrowEyes)
        result.code[.browThickness] = graded(.bushyEyebrows)
        result.code[.browArch] = graded(.archedEyebrows)
        result.code[.browHeight] = signed(.browHeight)
        result.code[.noseWidth] = graded(.bigNose)
        result.code[.noseLength] = signed(.noseLength)
        result.code[.lipThickness] = graded(.bigLips)
        result.code[.mouthWidth] = signed(.mouthWidth)
        let smile = amount(.smiling)
        result.code[.mouthCurve] = has(.smiling) ? 0.8 + 0.2 * smile : -0.24 + 0.26 * smile
        result.code[.mouthOpening] = has(.mouthOpen) ? 0.75 + 0.25 * amount(.mouthOpen) : 0
    }

    private mutating func codeHair() {
        result.code[colour: .hairRed] = hair
        result.code[.beard] = has(.beard) ? 1 : 0
        result.code[.goatee] = has(.goatee) ? 1 : 0
        result.code[.mustache] = has(.mustache) ? 1 : 0
        guard !has(.bald) else {
            result.code[.bald] = 1
            return
        }
        result.code[.longHair] = has(.longHair) ? 1 : 0
        result.code[.bangs] = has(.bangs) ? 1 : 0
        result.code[.wavy] = has(.wavyHair) ? 1 : 0
        result.code[.hairVolume] = signed(.hairVolume)
        if !has(.bangs), !has(.hat) { result.code[.hairPart] = signed(.hairPart) }
    }

    private mutating func codeThingsWorn() {
        if has(.eyeglasses) {
            result.code[uniforms[.frameShape] < 0.5 ? .roundGlasses : .squareGlasses] = 1
            result.code[colour: .frameRed] = entry(Palette.frames, .frameColour)
        }
        if has(.hat) {
            result.code[uniforms[.hatStyle] < 0.5 ? .brimHat : .beanie] = 1
            result.code[colour: .hatRed] = entry(Palette.hats, .hatColour)
        }
        if has(.earrings) {
            result.code[.earrings] = 1
            result.code[colour: .earringRed] = entry(Palette.jewels, .earringColour)
        }
        if has(.necklace) {
            result.code[.necklace] = 1
            result.code[colour: .necklaceRed] = entry(Palette.jewels, .necklaceColour)
        }
        if has(.necktie) {
            result.code[.necktie] = 1
            result.code[colour: .tieRed] = entry(Palette.ties, .tieColour)
        }
    }

    private mutating func codePaint() {
        let tone = amount(.paleSkin)
        result.code[colour: .skinRed] =
            has(.paleSkin) ? Palette.paleSkin.scaled(1 - 0.03 * tone) : Palette.skin(at: tone)
        result.code[colour: .irisRed] = entry(Palette.iris, .iris)
        result.code[colour: .clothesRed] = entry(Palette.clothes, .clothes)
        result.code[colour: .backgroundRed] = entry(Palette.backgrounds, .background)
        result.code[.rosyCheeks] = has(.rosyCheeks) ? 1 : 0
        if has(.lipstick) {
            result.code[.lipstick] = 1
            result.code[colour: .lipRed] = entry(Palette.lips, .lipColour)
        }
        if has(.heavyMakeup) {
            result.code[.makeup] = 1
            result.code[colour: .shadowRed] = entry(Palette.eyeShadow, .shadowColour)
        }
    }

    // MARK: Helpers

    private func has(_ attribute: FaceAttribute) -> Bool { result.attributes[attribute.index] }

    private func amount(_ attribute: FaceAttribute) -> Float { amounts[attribute.index] }

    private mutating func set(_ attribute: FaceAttribute, _ value: Bool) {
        result.attributes[attribute.index] = value
    }

    /// Decides an attribute by a threshold on its column and keeps how deep in its class the column lies.
    private mutating func decide(
        _ attribute: FaceAttribute, _ column: FaceSampler.Column, _ probability: Float, possible: Bool = true
    ) {
        let u = uniforms[column]
        let natural = u < probability
        let value = possible && (forced[attribute] ?? natural)
        set(attribute, value)
        let depth = natural ? (probability - u) / probability : (u - probability) / (1 - probability)
        amounts[attribute.index] = value == natural ? min(max(depth, 0), 1) : 0.5
    }

    /// An attribute that is an amount: clearly high where it holds, clearly low elsewhere.
    private func graded(_ attribute: FaceAttribute) -> Float {
        has(attribute) ? 0.8 + 0.2 * amount(attribute) : 0.2 * (1 - amount(attribute))
    }

    private func signed(_ column: FaceSampler.Column) -> Float { 2 * uniforms[column] - 1 }

    private func entry(_ palette: [Colour], _ column: FaceSampler.Column) -> Colour {
        palette[min(Int(uniforms[column] * Float(palette.count)), palette.count - 1)]
    }
}

extension [Float] {
    fileprivate subscript(_ column: FaceSampler.Column) -> Float { self[column.rawValue] }
}
