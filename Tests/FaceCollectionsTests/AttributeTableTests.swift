import FaceCollections
import FaceData
import Foundation
import Testing

@Suite("Attribute files and their captions")
struct AttributeTableTests {
    /// The attributes of CelebA in the order of its file.
    static let names = """
        5_o_Clock_Shadow Arched_Eyebrows Attractive Bags_Under_Eyes Bald Bangs Big_Lips Big_Nose Black_Hair Blond_Hair \
        Blurry Brown_Hair Bushy_Eyebrows Chubby Double_Chin Eyeglasses Goatee Gray_Hair Heavy_Makeup High_Cheekbones \
        Male Mouth_Slightly_Open Mustache Narrow_Eyes No_Beard Oval_Face Pale_Skin Pointy_Nose Receding_Hairline \
        Rosy_Cheeks Sideburns Smiling Straight_Hair Wavy_Hair Wearing_Earrings Wearing_Hat Wearing_Lipstick \
        Wearing_Necklace Wearing_Necktie Young
        """.split(separator: " ").map(String.init)

    /// A file of CelebA with rows of what holds.
    static func file(_ rows: [(name: String, holds: Set<String>)]) -> String {
        let lines = rows.map { row in
            row.name + "  " + names.map { row.holds.contains($0) ? "1" : "-1" }.joined(separator: " ")
        }
        return (["\(rows.count)", names.joined(separator: " ")] + lines).map { $0 + "\n" }.joined()
    }

    static let rows: [(name: String, holds: Set<String>)] = [
        ("0.jpg", ["Male", "Smiling", "Goatee", "Young", "Sideburns"]), ("1.jpg", []),
        ("2.jpg", ["Bald", "Black_Hair", "Male", "No_Beard", "Eyeglasses"]),
        ("photo_a.jpg", ["Wearing_Lipstick", "Attractive", "No_Beard", "Straight_Hair", "Blurry"]),
    ]

    private func failure(_ text: String) throws -> FaceCollectionError? {
        try TemporaryCollection.run { folder -> FaceCollectionError? in
            try folder.write(text, "list.txt")
            do throws(FaceCollectionError) {
                _ = try AttributeTable(reading: folder.path("list.txt"))
                return nil
            } catch {
                return error
            }
        }
    }

    @Test("A file of CelebA with forty attributes is read")
    func forty() throws {
        try TemporaryCollection.run { folder in
            try folder.write(Self.file(Self.rows), "list.txt")
            let table = try AttributeTable(reading: folder.path("list.txt"))
            #expect(table.names.count == 40 && table.stems == ["0", "1", "2", "photo_a"])
            for row in Self.rows {
                let attributes = table.attributes(of: String(row.name.dropLast(4))) ?? [:]
                #expect(Set(attributes.filter(\.value).map(\.key)) == row.holds)
            }
            #expect(table.values(of: "00002") == table.values(of: "2") && table.values(of: "3") == nil)
        }
    }

    @Test(
        "Defects are told with their line",
        arguments: [
            ("", 1), ("x\nMale\n", 1), ("1\n", 2), ("1\n\n0.jpg\n", 2), ("1\nMale Male\n0.jpg 1 1\n", 2),
            ("1\nMale\n0.jpg 1 1\n", 3), ("1\nMale\n0.jpg\n", 3), ("1\nMale\n0.jpg 2\n", 3),
            ("1\nMale\n0.jpg yes\n", 3),
            ("2\nMale\n0.jpg 1\n", 1), ("0\nMale\n0.jpg 1\n", 1), ("2\nMale\n0.jpg 1\n0.jpg -1\n", 4),
            ("2\nMale\n0.jpg 1\n00.jpg -1\n", 4), ("99999999999999999999\nMale\n", 1),
        ])
    func defects(text: String, line: Int) throws {
        let error = try failure(text)
        #expect(error?.line == line, "\(String(describing: error))")
        #expect(error?.file == "list.txt")
    }

    @Test("Captions are written for every row, the same ones for the same seed")
    func captions() throws {
        try TemporaryCollection.run { folder in
            try folder.write(Self.file(Self.rows), "list.txt")
            let files = CaptionFiles(try AttributeTable(reading: folder.path("list.txt")))
            #expect(files.unworded == ["Blurry"] && files.contradictory == 1)
            try files.write(to: folder.path("a"), count: 10, seed: 1, threads: 1)
            try files.write(to: folder.path("b"), count: 10, seed: 1, threads: 3)
            try files.write(to: folder.path("c"), count: 10, seed: 2)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("a").path).sorted()
            #expect(names == ["0.txt", "1.txt", "2.txt", "photo_a.txt"])
            for name in names {
                let text = try folder.text("a/" + name)
                #expect(try folder.text("b/" + name) == text)
                #expect(try folder.text("c/" + name) != text)
                #expect(text.split(separator: "\n").count == 10 && text.hasSuffix(".\n"))
            }
            // Row 2 is bald with black hair, which are both left out.
            let doubtful = try folder.text("a/2.txt")
            #expect(!doubtful.contains("bald") && !doubtful.contains("hair") && !doubtful.contains("woman"))
            // Captions do not depend on the other rows.
            try folder.write(Self.file(Self.rows.reversed().dropLast()), "list.txt")
            let fewer = CaptionFiles(try AttributeTable(reading: folder.path("list.txt")))
            #expect(fewer.captions(of: "2", count: 10, seed: 1).joined(separator: "\n") + "\n" == doubtful)
        }
    }
}
