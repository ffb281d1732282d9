import Dispatch
import FaceCollections
import Images
import Synchronization
import Testing

@Suite("Loading of faces")
struct FaceLoaderTests {
    private static let bytesPerFace = 16 * 16 * 5

    private func loader(
        _ folder: TemporaryCollection, threads: Int, cache faces: Int,
        wants: FaceLoader.Wants = [.image, .labelMap, .sketch]
    ) throws -> FaceLoader {
        let collection = try folder.open()
        return FaceLoader(
            collection, indices: Array(collection.faces.indices), size: 16, wants: wants, threads: threads,
            cacheBytes: faces * Self.bytesPerFace)
    }

    @Test("The bytes are the same whatever the threads, the cache and the hints")
    func sameBytes() throws {
        try TemporaryCollection.run(faces: 12) { folder in
            let collection = try folder.open()
            let expected = try (0..<12).map { face in
                (
                    try collection.image(of: face, size: 16).pixels,
                    try collection.labelMap(of: face, size: 16)?.pixels,
                    try collection.sketch(of: face, size: 16)?.pixels
                )
            }
            for (threads, cache) in [(0, 0), (0, 20), (1, 0), (1, 3), (3, 0), (3, 20)] {
                let loader = try loader(folder, threads: threads, cache: cache)
                for epoch in 0..<2 {
                    let order = loader.order(seed: 1, epoch: epoch)
                    loader.prepare(order)
                    for start in stride(from: 0, to: 12, by: 4) {
                        let batch = Array(order[start..<start + 4])
                        for (position, face) in zip(batch, try loader.faces(batch)) {
                            #expect(face.pixels == expected[position].0 && face.labelMap == expected[position].1)
                            #expect(face.sketch == expected[position].2)
                        }
                    }
                }
            }
        }
    }

    @Test("The order is a permutation that seed and epoch alone decide")
    func order() throws {
        try TemporaryCollection.run(faces: 9) { folder in
            let (one, other) = (try loader(folder, threads: 0, cache: 0), try loader(folder, threads: 2, cache: 3))
            #expect(one.order(seed: 4, epoch: 2) == other.order(seed: 4, epoch: 2))
            #expect(one.order(seed: 4, epoch: 2).sorted() == Array(0..<9))
            #expect(Set((0..<6).map { one.order(seed: 4, epoch: $0) }).count == 6)
            #expect(one.order(seed: 5, epoch: 2) != one.order(seed: 4, epoch: 2))
        }
    }

    @Test("The cache never has more bytes than asked for, and drops what was used longest ago")
    func bound() throws {
        try TemporaryCollection.run(faces: 8) { folder in
            for threads in [0, 2] {
                let loader = try loader(folder, threads: threads, cache: 3)
                for round in 0..<4 {
                    loader.prepare(Array(0..<8))
                    for position in 0..<8 {
                        _ = try loader.faces([position, (position + round) % 8])
                        #expect(loader.figures.cachedBytes <= 3 * Self.bytesPerFace)
                    }
                }
            }
            let loader = try loader(folder, threads: 0, cache: 3)
            _ = try loader.faces([0, 1, 2])
            _ = try loader.faces([0])
            _ = try loader.faces([3])
            #expect((loader.figures.decoded, loader.figures.hits) == (4, 1))
            #expect(loader.figures.cachedBytes == 3 * Self.bytesPerFace)
            // Face 1 made room.
            _ = try loader.faces([0, 2, 3])
            #expect(loader.figures.decoded == 4)
            _ = try loader.faces([1])
            #expect(loader.figures.decoded == 5)
        }
    }

    @Test("A hint saves decoding and nothing else")
    func hints() throws {
        try TemporaryCollection.run(faces: 6) { folder in
            let loader = try loader(folder, threads: 2, cache: 6)
            loader.prepare([0, 1, 2, 3])
            loader.prepare([2, 3])
            _ = try loader.faces([0, 1, 2, 3])
            #expect(loader.figures.decoded == 4)
            // Without room there is nothing to prepare.
            let small = try self.loader(folder, threads: 2, cache: 0)
            small.prepare(Array(0..<6))
            _ = try small.faces([0])
            #expect(small.figures.decoded == 1)
        }
    }

    @Test("Only what is wanted is read")
    func wants() throws {
        try TemporaryCollection.run(faces: 2) { folder in
            try folder.write("damaged", "images/0.png")
            try folder.remove("sketches/0.png")
            let loader = try loader(folder, threads: 1, cache: 0, wants: [.labelMap, .sketch])
            let face = try loader.faces([0])[0]
            #expect(face.pixels.isEmpty && face.labelMap?.count == 256 && face.sketch == nil)
            #expect(throws: FaceCollectionError.self) { try self.loader(folder, threads: 1, cache: 0).faces([0]) }
        }
    }

    @Test("What is wrong with a file is told when its batch is asked for, and no later batch suffers")
    func errors() throws {
        try TemporaryCollection.run(faces: 6) { folder in
            let whole = try folder.bytes("images/4.png")
            try folder.write("damaged", "images/4.png")
            for threads in [0, 2] {
                let loader = try loader(folder, threads: threads, cache: 6)
                loader.prepare([4, 0, 1])
                #expect(try loader.faces([0, 1]).count == 2)
                #expect { try loader.faces([2, 4, 3]) } throws: { ($0 as? FaceCollectionError)?.file == "images/4.png" }
                #expect(try loader.faces([2, 3]).count == 2)
                // Repaired, it is there.
                try folder.write(whole, "images/4.png")
                #expect(try loader.faces([4]).count == 1)
                try folder.write("damaged", "images/4.png")
            }
        }
    }

    @Test("Positions name the faces that the loader was made with, and may come twice")
    func positions() throws {
        try TemporaryCollection.run(faces: 6) { folder in
            let collection = try folder.open()
            let loader = FaceLoader(collection, indices: [5, 2], size: 16, threads: 1, cacheBytes: 0)
            #expect(loader.count == 2)
            let faces = try loader.faces([1, 0, 1])
            #expect(try faces.map(\.pixels) == [2, 5, 2].map { try collection.image(of: $0, size: 16).pixels })
            #expect(try loader.faces([]) == [])
        }
    }

    @Test("Several threads may ask at once")
    func concurrent() throws {
        try TemporaryCollection.run(faces: 10) { folder in
            let loader = try loader(folder, threads: 2, cache: 4)
            let expected = try self.loader(folder, threads: 0, cache: 10).faces(Array(0..<10))
            let wrong = Mutex(0)
            DispatchQueue.concurrentPerform(iterations: 4) { share in
                for epoch in 0..<5 {
                    let order = loader.order(seed: UInt64(share), epoch: epoch)
                    loader.prepare(order)
                    let faces = try? loader.faces(order)
                    if faces != order.map({ expected[$0] }) { wrong.withLock { $0 += 1 } }
                }
            }
            #expect(wrong.withLock { $0 } == 0)
        }
    }
}
