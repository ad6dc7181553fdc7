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
      of: "<svg", with: "<svg role=\"img\" aria-label=\"\(label)\"\(size(text))", range: text.range(of: "<svg"))
  }

  /// Wide pictures scroll on a narrow screen instead of shrinking until nobody can read them.
  private static func size(_ svg: String) -> String {
    guard let match = svg.range(of: "viewBox=\"0 0 [0-9]+", options: .regularExpression),
      let width = Int(svg[match].split(separator: " ").last ?? "")
    else { return "" }
    return " style=\"max-width:\(width * 13 / 10)px;min-width:\(width * 7 / 10)px\""
  }
}
