import Crypto
import Foundation

extension ModelPack {
    /// The content of a small file of the pack.
    static func contents(_ directory: String, _ name: String, limit: Int) throws(TediGANError) -> Data {
        let size = try size(directory, name)
        guard size <= limit else { throw .invalid("\(name) has \(size) bytes; \(limit) are allowed") }
        guard let data = FileManager.default.contents(atPath: directory + "/" + name) else {
            throw .invalid("\(name) cannot be read; check its permissions")
        }
        return data
    }

    /// Compares a file's size and digest with what the manifest says.
    static func check(_ file: PackManifest.File, in directory: String) throws(TediGANError) {
        let size = try size(directory, file.name)
        guard size == file.bytes else {
            throw .invalid("\(file.name) has \(size) bytes, not \(file.bytes); copy the pack again")
        }
        guard try fileDigest(directory + "/" + file.name) == file.sha256 else {
            throw .invalid(
                "\(file.name) is not the file that pack.json names (its SHA-256 differs); copy the pack again")
        }
    }

    /// SHA-256 of a file in lower-case hexadecimal, read a mebibyte at a time.
    ///
    /// - Throws: ``TediGANError/invalid(_:)`` if it cannot be read.
    public static func fileDigest(_ path: String) throws(TediGANError) -> String {
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            var hash = SHA256()
            while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty { hash.update(data: chunk) }
            return hexadecimal(hash.finalize())
        } catch {
            throw .invalid("\(path) cannot be read: \(error.localizedDescription)")
        }
    }

    static func hexadecimal(_ digest: SHA256.Digest) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let bytes = digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The size of a regular file; links, pipes and devices are refused.
    private static func size(_ directory: String, _ name: String) throws(TediGANError) -> Int {
        do {
            let attributes = try FileManager.default.attributesOfItem(atPath: directory + "/" + name)
            guard attributes[.type] as? FileAttributeType == .typeRegular, let size = attributes[.size] as? NSNumber
            else { throw TediGANError.invalid("\(name) is not a regular file") }
            return size.intValue
        } catch let error as TediGANError {
            throw error
        } catch {
            throw .invalid("there is no \(name) in \(directory)")
        }
    }
}
