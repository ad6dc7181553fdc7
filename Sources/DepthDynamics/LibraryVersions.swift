internal import CSundials
import DepthNumerics

/// Versions of the libraries that numbers come from, for manifests.
public enum LibraryVersions {
  public static var all: [String: String] {
    var versions = NumericsVersions.all
    var text = [CChar](repeating: 0, count: 64)
    if SUNDIALSGetVersion(&text, 64) == 0 {
      versions["sundials"] = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    return versions
  }
}
