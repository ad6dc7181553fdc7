import DepthRuns
import Foundation
import Testing

@testable import DepthFigures

@Suite struct ReportTests {
  private func report(_ blocks: [Report.Block], facts: [Report.Fact] = []) -> Report {
    Report(
      title: "A <b>title</b> & more", abstract: "\"Quoted\" 'abstract'", facts: facts,
      sections: [Report.Section("One <", blocks)], command: "depth boundary --set a<b",
      configuration: ["text": "</pre><script>alert(1)</script>"], manifest: ["seed": "0"])
  }

  @Test func everyTextIsEscaped() {
    let html = report([.paragraph("<script>x</script> & y")], facts: [.init("a<b", value: "1 & 2", note: "<i>")]).html
    #expect(!html.contains("<script"))
    #expect(html.contains("&lt;script&gt;x&lt;/script&gt; &amp; y"))
    #expect(html.contains("<title>A &lt;b&gt;title&lt;/b&gt; &amp; more</title>"))
    #expect(html.contains("<dd class=\"value\">1 &amp; 2</dd>"))
    #expect(html.contains("depth boundary --set a&lt;b"))
    #expect(html.count(of: "</pre>") == 2)
  }

  @Test func longTablesAreCutAndLinked() {
    let table = Tables.of("values", ("block", (0..<100).map(Double.init)), ("accuracy", (0..<100).map { _ in .nan }))
    let html = report([.table(table, caption: "All", file: "values.csv")]).html
    #expect(html.count(of: "<tr>") == 26)
    #expect(html.contains("First 25 of 100 rows; all in <a href=\"values.csv\">values.csv</a>"))
    #expect(html.contains("block k</th>"))
    #expect(!html.contains("nan"))
  }

  @Test func linksCannotBecomeScripts() {
    #expect(HTMLText.link("javascript:alert(1)") == "javascript%3Aalert%281%29")
    #expect(HTMLText.link("runs/a b\".csv") == "runs/a%20b%22.csv")
  }

  @Test func picturesOnOnePageKeepTheirSymbolsApart() throws {
    let block = try Report.figure(Figures.haltingLaw(Tables.haltingLaw), caption: "Law")
    let html = report([block, block]).html
    let pattern = try NSRegularExpression(pattern: "\\bid=['\"]([^'\"]+)['\"]")
    let identifiers = pattern.matches(in: html, range: NSRange(html.startIndex..., in: html))
      .compactMap { Range($0.range(at: 1), in: html).map { String(html[$0]) } }
    #expect(identifiers.count > 20)
    #expect(Set(identifiers).count == identifiers.count)
    for reference in html.components(separatedBy: "href='#").dropFirst() {
      let name = String(reference.prefix { $0 != "'" })
      #expect(identifiers.contains(name), "\(name)")
    }
    #expect(html.count(of: "role=\"img\" aria-label=\"Probability of stopping") == 2)
    #expect(html.contains("<strong>Figure 2.</strong> Law"))
  }

  @Test func nothingIsLoadedFromElsewhere() throws {
    let html = report([try Report.figure(Figures.depthLimit(Tables.depthLimit), caption: "Limit")]).html
      .replacingOccurrences(of: "http://www.w3.org/", with: "")
    for word in ["http:", "https:", "src=", "<link", "@import", "<?xml"] { #expect(!html.contains(word), "\(word)") }
    #expect(html.contains("<html lang=\"en\">"))
    #expect(html.contains("name=\"viewport\""))
  }

  @Test func equalReportsAreEqualFiles() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("report-\(UUID().uuidString)")
    try AtomicFile.makeFolder(folder)
    defer { try? FileManager.default.removeItem(at: folder) }
    let block = try Report.figure(Figures.depthLimit(Tables.depthLimit), caption: "Limit")
    try report([block]).write(to: folder.appendingPathComponent("a.html"))
    try report([block]).write(to: folder.appendingPathComponent("b.html"))
    #expect(
      try AtomicFile.read(folder.appendingPathComponent("a.html"))
        == AtomicFile.read(folder.appendingPathComponent("b.html")))
  }

  @Test func factsAreRounded() {
    #expect(Report.Fact("V", value: 0.28412345, digits: 3).value == "0.284")
    #expect(Report.Fact("V", value: .infinity).value == "–")
  }
}
