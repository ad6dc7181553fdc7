import Foundation

/// Plain text for HTML, in elements and in quoted attributes.
enum HTMLText {
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A relative file as the value of `href`: no scheme can be smuggled in, as every colon is encoded.
  static func link(_ file: String) -> String {
    let allowed = CharacterSet.alphanumerics.intersection(
      CharacterSet(charactersIn: Unicode.Scalar(0)..<Unicode.Scalar(128))
    )
    .union(CharacterSet(charactersIn: "-._~/"))
    return escaped(file.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")
  }
}
