/// A page of pictures, each with the commands that made it and the table behind it.
public struct GalleryPage: Sendable {
  public struct Item: Equatable, Sendable {
    /// Kebab-case, the picture's file without ending.
    public let name: String
    /// What it shows, one or two sentences.
    public let caption: String
    /// Command lines, to be given in the page's folder, the last one draws.
    public let commands: [String]
    /// Files beside the page.
    public let picture: String

    public init(name: String, caption: String, commands: [String], picture: String) {
      (self.name, self.caption, self.commands, self.picture) = (name, caption, commands, picture)
    }
  }

  public var title: String
  public var abstract: String
  /// Command lines that several pictures need, given once before.
  public var preparation: [String]
  public var items: [Item]

  public init(title: String, abstract: String, preparation: [String], items: [Item]) {
    (self.title, self.abstract, self.preparation, self.items) = (title, abstract, preparation, items)
  }

  /// HTML that loads nothing but the pictures beside it.
  public var html: String {
    let before =
      preparation.isEmpty
      ? "" : "<p>Several of the figures are made of the same runs:</p>\n\(Self.listing(preparation))"
    let names = items.map { "<li><a href=\"#\($0.name)\">\(HTMLText.escaped($0.name))</a></li>" }
    return HTMLText.page(
      title: title, abstract: abstract, style: "img { max-width: 100%; height: auto; }",
      content: """
        <nav><ol>
        \(names.joined(separator: "\n"))
        </ol></nav>
        \(before)
        \(items.map(Self.section).joined(separator: "\n"))
        """)
  }

  private static func section(_ item: Item) -> String {
    """
    <section id="\(item.name)">
    <h2>\(HTMLText.escaped(item.name))</h2>
    \(listing(item.commands))
    <figure><img src="\(HTMLText.link(item.picture))" alt="\(HTMLText.escaped(item.caption))">
    <figcaption>\(HTMLText.escaped(item.caption))</figcaption></figure>
    </section>
    """
  }

  private static func listing(_ commands: [String]) -> String {
    "<pre>\(HTMLText.escaped(commands.joined(separator: "\n")))</pre>"
  }
}
