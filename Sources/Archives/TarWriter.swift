/// Writes a tar archive whose bytes depend on the files in it alone; it gets its name when it is complete.
package struct TarWriter: ~Copyable {
    private let path: String
    private var file: DraftFile

    /// Begins an archive.
    package init(_ path: String) throws(ArchiveError) {
        self.path = path
        file = try DraftFile(path)
    }

    /// Adds a file.
    /// - Throws: ``ArchiveError`` where the name has more than 100 bytes, or the disk is full.
    package mutating func add(_ name: String, _ bytes: some Collection<UInt8>) throws(ArchiveError) {
        guard (1...TarHeader.longestName).contains(name.utf8.count), bytes.count <= TarHeader.largestFile else {
            throw ArchiveError(path, "the file “\(name.prefix(120))” does not fit in a shard by its name or size")
        }
        try file.write(TarHeader.block(name: name, size: bytes.count))
        try file.write(bytes)
        try file.write([UInt8](repeating: 0, count: TarHeader.padding(of: bytes.count)))
    }

    /// Ends the archive and puts it into its place.
    package mutating func commit() throws(ArchiveError) {
        try file.write([UInt8](repeating: 0, count: 2 * TarHeader.size))
        try file.commit()
    }
}
