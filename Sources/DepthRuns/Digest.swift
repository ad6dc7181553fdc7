internal import CCrypto
import Foundation

/// SHA-256, the identity of files and configurations in manifests.
public enum Digest {
  /// 64 hexadecimal digits.
  public static func sha256(_ data: Data) -> String {
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    let result = data.withUnsafeBytes { bytes in
      SHA256(bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, &digest)
    }
    precondition(result != nil, "SHA256 of \(data.count) bytes failed")
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
