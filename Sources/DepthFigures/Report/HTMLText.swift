import Foundation

/// Plain text for HTML, in elements and in quoted attributes, and the frame of a page.
enum HTMLText {
  /// A page that loads nothing from elsewhere.
  ///
  /// - Parameters:
  ///   - style: rules beside those of every page.
  ///   - content: HTML of the main part.
  static func page(title: String, abstract: String, style: String = "", content: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(escaped(title))</title>
    <style>
    \(ReportStyle.css)\(style.isEmpty ? "" : "\n" + style)
    </style>
    </head>
    <body>
    <header>
    <h1>\(escaped(title))</h1>
    <p class="abstract">\(escaped(abstract))</p>
    </header>
    <main>
    \(content)
    </main>
    </body>
    </html>

    """
  }

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
