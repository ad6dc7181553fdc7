internal import CCrypto
import Foundation

/// SHA-256, the identity of files and configurations in manifests.
public enum Digest {
  /// 64 hexadecimal digits.
  public static func sha256(_ data: Data) -> String { hexadecimal(data.withUnsafeBytes { bytes(of: $0) }) }

  /// The 32 bytes themselves.
  static func bytes(of text: UnsafeRawBufferPointer) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    let result = SHA256(text.bindMemory(to: UInt8.self).baseAddress, text.count, &digest)
    precondition(result != nil, "SHA256 of \(text.count) bytes failed")
    return digest
  }

  static func bytes(of text: [UInt8]) -> [UInt8] { text.withUnsafeBytes { bytes(of: $0) } }

  static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
