public import DepthRuns
import Foundation

/// A run's account for people: one HTML file with its figures inside, to open anywhere.
///
/// Everything is text, escaped; figures are inline SVG; nothing is loaded from elsewhere.
public struct Report: Sendable {
  /// A key figure: what it is, what came out, and how to read it.
  public struct Fact: Equatable, Sendable {
    public let name: String
    public let value: String
    public let note: String

    public init(_ name: String, value: String, note: String = "") {
      self.name = name
      self.value = value
      self.note = note
    }

    /// A number, rounded to `digits` significant digits; a dash where it is not finite.
    public init(_ name: String, value: Double, digits: Int = 4, note: String = "") {
      self.init(name, value: value.isFinite ? NumberText(value, digits: digits).plain : "–", note: note)
    }
  }

  /// A piece of a section.
  public enum Block: Sendable {
    case paragraph(String)
    /// `svg` as `GnuplotRenderer` made it. `alternative` says what the picture shows, for those who do not see it.
    case figure(svg: String, caption: String, alternative: String)
    /// At most 25 rows are shown; `file` is the CSV beside the report, relative to it.
    case table(Table, caption: String, file: String)
  }

  public struct Section: Sendable {
    public let heading: String
    public let blocks: [Block]

    public init(_ heading: String, _ blocks: [Block]) {
      self.heading = heading
      self.blocks = blocks
    }
  }

  public var title: String
  /// One or two sentences under the title.
  public var abstract: String
  public var facts: [Fact]
  public var sections: [Section]
  /// What was run: the command line, then configuration and manifest, folded away.
  public var command: String
  public var configuration: JSONValue
  public var manifest: JSONValue

  public init(
    title: String, abstract: String, facts: [Fact], sections: [Section], command: String, configuration: JSONValue,
    manifest: JSONValue
  ) {
    self.title = title
    self.abstract = abstract
    self.facts = facts
    self.sections = sections
    self.command = command
    self.configuration = configuration
    self.manifest = manifest
  }

  /// A figure block drawn with gnuplot; the figure's summary is its alternative text.
  ///
  /// - Throws: as `GnuplotRenderer.render`.
  public static func figure(
    _ figure: Figure, caption: String, renderer: GnuplotRenderer = GnuplotRenderer()
  ) throws -> Block {
    let svg = String(decoding: try renderer.render(figure, as: .svg), as: UTF8.self)
    return .figure(svg: svg, caption: caption, alternative: figure.summary)
  }
}
