public import DepthRuns

/// The table of a picture, made from the rows of a sweep: means over replicates with their intervals, a row a point.
///
/// Rows that differ in nothing but `replicate` and `seed` are replicates. Several give their mean and Student's interval
/// (95 %, exact for independent normal ones); a single one keeps the interval that it brings (`x.lower` and `x.upper` beside
/// `x.value`, `x_lower` beside `x`). Failed rows and those without a number are left out and counted. Rows of a table that is
/// no sweep's are taken as they are.
/// Not supported: axes that hold text. O(rows log rows).
public struct SweepAggregation {
  /// What is asked for; names as a user gives them.
  public struct Request: Equatable, Sendable {
    public var x: String
    public var y: String
    /// The quantity of a heat map over x and y.
    public var z: String?
    public var by: String?
    public var facet: String?
    /// Only rows with this value in this column.
    public var filters: [(column: String, value: String)] = []

    public init(
      x: String, y: String, z: String? = nil, by: String? = nil, facet: String? = nil,
      filters: [(column: String, value: String)] = []
    ) {
      (self.x, self.y, self.z, self.by, self.facet, self.filters) = (x, y, z, by, facet, filters)
    }

    public static func == (a: Request, b: Request) -> Bool {
      a.x == b.x && a.y == b.y && a.z == b.z && a.by == b.by && a.facet == b.facet
        && a.filters.map(\.column) == b.filters.map(\.column) && a.filters.map(\.value) == b.filters.map(\.value)
    }
  }

  /// Columns `facet`, `by`, `side` (as far as there are any), `x`, `y`, for a heat map `z`, then the quantity's `_lower` and
  /// `_upper`, and `replicates`; each under its own name, as below.
  public let table: Table
  public let x: String
  public let y: String
  public let z: String?
  public let by: String?
  public let side: String?
  public let facet: String?
  /// Whether rows next to each other on a line differ in other swept keys too, so that no line belongs between them.
  public let isScattered: Bool
  /// What a reader should know: rows left out, points chosen.
  public let notes: [String]

  /// - Throws: `InputError.usage` for names that the table does not have, and where rows of one point differ in a swept key
  ///   that is not asked for; `InputError.data` where nothing is left to draw.
  public init(_ source: SweepSource, _ request: Request) throws {
    let names = SweepColumnNames(source)
    let quantity = try names.quantity(request.z ?? request.y)
    guard request.z == nil || quantity.parts.count == 1 else {
      throw InputError.usage(
        "a heat map shows one column, '\(request.z ?? "")' is \(quantity.parts.map(\.column).joined(separator: ", "))")
    }
    let place = try names.column(request.x)
    let second = try request.z.map { _ in try names.column(request.y) }
    let (line, panel) = (try request.by.map(names.column), try request.facet.map(names.column))
    var selection = SweepSelection(source.table)
    try selection.keep(request.filters.map { (try names.column($0.column), $0.value) })
    selection.dropFailed()
    if let first = quantity.parts.first?.column, first.hasSuffix(".0.value") { selection.noteOthers(than: first) }

    let grouping = SweepGrouping(
      source, x: place, axes: [second, line, panel].compactMap { $0 }, rows: selection.rows)
    let groups = try grouping.groups()
    isScattered = second == nil && grouping.isScattered(within: [line, panel].compactMap { $0 })

    let hasFamily = quantity.isFamily && quantity.parts.count > 1
    let hasSides = !quantity.isFamily && quantity.parts.count > 1
    var builder = SweepPointTable(source.table)
    for part in quantity.parts {
      for group in groups { try builder.add(part, group, x: place, second: second, line: line, panel: panel) }
    }
    guard builder.count > 0 else {
      throw InputError.data(
        "no row has numbers in \(place) and \(quantity.parts.map(\.column).joined(separator: ", "))")
    }
    let table = try builder.table(
      quantity: quantity.name, hasParts: hasFamily || hasSides, hasFamily: hasFamily)
    self.table = table.table
    x = table.x
    y = table.second ?? table.quantity
    z = table.second == nil ? nil : table.quantity
    (by, side, facet) = (table.line, hasSides ? table.part : nil, table.panel)
    notes = selection.notes + builder.notes
  }
}
