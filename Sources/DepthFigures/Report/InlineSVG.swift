import Foundation

/// An SVG file made fit to stand inside a page beside others.
enum InlineSVG {
  /// Drops what belongs to a file (declaration, gnuplot's title), prefixes every identifier, so that pictures on one
  /// page do not borrow each other's symbols, and says what is shown.
  static func text(_ svg: String, prefix: String, alternative: String) -> String {
    guard let start = svg.range(of: "<svg") else { return "" }
    var text = String(svg[start.lowerBound...])
    for element in ["title", "desc"] {
      text = text.replacingOccurrences(of: "<\(element)>[^<]*</\(element)>\\s*", with: "", options: .regularExpression)
    }
    text = text.replacingOccurrences(
      of: "\\bid=(['\"])", with: "id=$1\(prefix)", options: .regularExpression)
    text = text.replacingOccurrences(
      of: "(href=['\"]|url\\()#", with: "$1#\(prefix)", options: .regularExpression)
    let label = HTMLText.escaped(alternative)
    return text.replacingOccurrences(
      of: "<svg", with: "<svg role=\"img\" aria-label=\"\(label)\"", range: text.range(of: "<svg"))
  }
}
