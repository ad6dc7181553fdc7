internal import CCrypto
import Foundation

/// SHA-256, the identity of files and configurations in manifests.
public enum Digest {
  /// 64 hexadecimal digits.
  public static func sha256(_ data: Data) -> String { hexadecimal(data.withUnsafeBytes { bytes(of: $0) }) }

  /// Of a file, piece by piece.
  ///
  /// - Throws: `InputError.data` for a file that cannot be read.
  public static func sha256(contentsOf url: URL) throws -> String {
    let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(url) }
    defer { close(descriptor) }
    let context = EVP_MD_CTX_new()
    defer { EVP_MD_CTX_free(context) }
    var piece = [UInt8](repeating: 0, count: 1 << 18)
    var isGood = EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
    while true {
      let count = read(descriptor, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw unreadable(url) }
      if count == 0 { break }
      isGood = isGood && EVP_DigestUpdate(context, piece, count) == 1
    }
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    isGood = isGood && EVP_DigestFinal_ex(context, &digest, nil) == 1
    precondition(isGood, "SHA256 of \(url.path) failed")
    return hexadecimal(digest)
  }

  private static func unreadable(_ url: URL) -> InputError {
    .data("cannot read \(url.path): \(String(cString: strerror(errno)))")
  }

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
