import DepthRuns
public import Foundation

extension Report {
  /// Rows of a table that the page shows.
  static let shownRows = 25

  /// Writes the page atomically; call it `report.html`.
  public func write(to url: URL) throws { try AtomicFile.write(html, to: url) }

  /// The whole page.
  public var html: String {
    var figures = 0
    let body = sections.enumerated().map { section($1, number: $0 + 1, figures: &figures) }.joined(separator: "\n")
    return HTMLText.page(
      title: title, abstract: abstract, content: [factList, contents, body, whatWasRun].joined(separator: "\n"))
  }

  private var factList: String {
    guard !facts.isEmpty else { return "" }
    let items = facts.map { fact in
      let note = fact.note.isEmpty ? "" : "<dd class=\"note\">\(HTMLText.escaped(fact.note))</dd>"
      let value = "<dd class=\"value\">\(HTMLText.escaped(fact.value))</dd>"
      return "<div><dt>\(HTMLText.escaped(fact.name))</dt>\(value)\(note)</div>"
    }
    return "<dl class=\"facts\" aria-label=\"Key figures\">\n\(items.joined(separator: "\n"))\n</dl>"
  }

  private var contents: String {
    guard sections.count > 2 else { return "" }
    let items = sections.enumerated().map { index, section in
      "<li><a href=\"#section-\(index + 1)\">\(HTMLText.escaped(section.heading))</a></li>"
    }
    return "<nav aria-label=\"Contents\"><ol>\n\(items.joined(separator: "\n"))\n</ol></nav>"
  }

  private func section(_ section: Section, number: Int, figures: inout Int) -> String {
    var parts = [
      "<section aria-labelledby=\"section-\(number)\">",
      "<h2 id=\"section-\(number)\">\(HTMLText.escaped(section.heading))</h2>",
    ]
    for block in section.blocks {
      switch block {
      case .paragraph(let text): parts.append("<p>\(HTMLText.escaped(text))</p>")
      case .figure(let svg, let caption, let alternative):
        figures += 1
        parts.append(figure(svg, caption: caption, alternative: alternative, number: figures))
      case .table(let table, let caption, let file): parts.append(self.table(table, caption: caption, file: file))
      }
    }
    return (parts + ["</section>"]).joined(separator: "\n")
  }

  private func figure(_ svg: String, caption: String, alternative: String, number: Int) -> String {
    """
    <figure>
    <div class="picture">\(InlineSVG.text(svg, prefix: "figure-\(number)-", alternative: alternative))</div>
    <figcaption><strong>Figure \(number).</strong> \(HTMLText.escaped(caption))</figcaption>
    </figure>
    """
  }

  private func table(_ table: Table, caption: String, file: String) -> String {
    let shown = min(table.rowCount, Self.shownRows)
    let heads = zip(table.columnNames, table.columns).map { name, column in
      "<th scope=\"col\"\(Self.cellClass(column))>\(HTMLText.escaped(FigureLabel(column: name).plain))</th>"
    }
    let rows = (0..<shown).map { row in
      "<tr>\(table.columns.map { "<td\(Self.cellClass($0))>\(Self.cell($0, row))</td>" }.joined())</tr>"
    }
    let extent = shown < table.rowCount ? "First \(shown) of \(table.rowCount) rows; all in " : "Data: "
    return """
      <figure class="table">
      <figcaption>\(HTMLText.escaped(caption))</figcaption>
      <div class="scroll" tabindex="0" role="region" aria-label="\(HTMLText.escaped(caption))"><table>
      <thead><tr>\(heads.joined())</tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      </table></div>
      <p class="source">\(extent)<a href="\(HTMLText.link(file))">\(HTMLText.escaped(file))</a></p>
      </figure>
      """
  }

  private static func cellClass(_ column: Table.Column) -> String {
    if case .number = column { return " class=\"number\"" }
    return ""
  }

  private static func cell(_ column: Table.Column, _ row: Int) -> String {
    switch column {
    case .text(let values): HTMLText.escaped(values[row])
    case .number(let values): values[row].isFinite ? NumberText(values[row], digits: 6).plain : "–"
    }
  }

  private var whatWasRun: String {
    """
    <section aria-labelledby="run">
    <h2 id="run">What was run</h2>
    <p><code>\(HTMLText.escaped(command))</code></p>
    \(folded("Configuration", configuration))
    \(folded("Manifest", manifest))
    </section>
    """
  }

  private func folded(_ name: String, _ value: JSONValue) -> String {
    let text = HTMLText.escaped(String(decoding: value.text(pretty: true), as: UTF8.self))
    return "<details><summary>\(name)</summary><pre>\(text)</pre></details>"
  }
}
