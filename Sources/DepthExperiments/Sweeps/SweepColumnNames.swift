import DepthRuns

/// Finds the column that a user means: by its name, in kebab-case too, an alias, a symbol, or a short form.
///
/// Short forms: `value` for `value.0.value`, `boundary` for `boundary.radius`, else for the two columns `boundary.lower` and
/// `boundary.upper`, `accuracy` for the only column that ends in `.accuracy`; `rules.*.objective` for one column a rule.
struct SweepColumnNames {
  /// One column of a quantity; several are lines of their own.
  struct Part: Equatable {
    let column: String
    /// What tells it from the others: "lower", or what the star stands for; empty for a quantity of one column.
    let name: String
  }

  struct Quantity: Equatable {
    /// Of the column in an aggregated table, without dots.
    let name: String
    let parts: [Part]
    /// Whether the parts are things of their own, as rules, rather than the two ends of one.
    let isFamily: Bool
  }

  let columns: [String]
  let aliases: [String: [String]]

  init(_ source: SweepSource) {
    columns = source.table.columnNames
    aliases = source.aliases
  }

  /// A quantity, perhaps of several columns.
  ///
  /// - Throws: `InputError.usage` listing the columns that there are, or those that the name could mean.
  func quantity(_ name: String) throws -> Quantity {
    if name.contains("*") { return try family(name) }
    let found = try resolve(name)
    guard found.count > 1 else {
      return Quantity(name: Self.short(found[0]), parts: [Part(column: found[0], name: "")], isFamily: false)
    }
    let parts = found.map { Part(column: $0, name: String($0.split(separator: ".").last ?? "")) }
    return Quantity(name: Self.short(found[0]), parts: parts, isFamily: false)
  }

  /// One column.
  ///
  /// - Throws: as `quantity`, and for a name that means several columns.
  func column(_ name: String) throws -> String {
    let found = try resolve(name)
    guard found.count == 1 else { throw ambiguous(name, found) }
    return found[0]
  }

  private func resolve(_ name: String) throws -> [String] {
    let snake = String(name.map { $0 == "-" ? "_" : $0 })
    let candidates = [name, snake] + (aliases[name] ?? [])
    for candidate in candidates where columns.contains(candidate) { return [candidate] }
    for candidate in candidates {
      let found = try shortForm(candidate, asked: name)
      if !found.isEmpty { return found }
    }
    throw InputError.unknown(name, kindOfName: "column", known: columns)
  }

  /// Columns below `name`, else the one that ends in it.
  private func shortForm(_ name: String, asked: String) throws -> [String] {
    for form in ["\(name).0.value", "\(name).value", "\(name).radius"] where columns.contains(form) { return [form] }
    let ends = ["\(name).lower", "\(name).upper"].filter(columns.contains)
    if !ends.isEmpty { return ends }
    let below = columns.filter { $0.hasPrefix(name + ".") }
    if below.count == 1 { return below }
    guard below.isEmpty else { throw ambiguous(asked, below) }
    let ending = columns.filter { $0.hasSuffix("." + name) }
    guard ending.count < 2 else { throw ambiguous(asked, ending) }
    return ending
  }

  /// A star stands for one component, or a part of one.
  private func family(_ pattern: String) throws -> Quantity {
    let wanted = pattern.split(separator: ".", omittingEmptySubsequences: false)
    var parts: [Part] = []
    for column in columns {
      let present = column.split(separator: ".", omittingEmptySubsequences: false)
      guard present.count == wanted.count else { continue }
      let stars = zip(wanted, present).map { Self.star($0, in: $1) }
      guard stars.allSatisfy({ $0 != nil }) else { continue }
      let name = stars.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " ")
      // names of rules and the like are kebab-case; columns cannot be
      parts.append(Part(column: column, name: String(name.map { $0 == "_" ? "-" : $0 })))
    }
    guard let first = parts.first else { throw InputError.unknown(pattern, kindOfName: "column", known: columns) }
    return Quantity(name: Self.short(first.column), parts: parts, isFamily: true)
  }

  /// What the star of a component stands for; empty without a star, nil where the component does not match.
  private static func star(_ wanted: Substring, in present: Substring) -> String? {
    guard let place = wanted.firstIndex(of: "*") else { return wanted == present ? "" : nil }
    let (head, tail) = (wanted[..<place], wanted[wanted.index(after: place)...])
    guard present.count > head.count + tail.count, present.hasPrefix(head), present.hasSuffix(tail) else { return nil }
    return String(present.dropFirst(head.count).dropLast(tail.count))
  }

  private func ambiguous(_ name: String, _ found: [String]) -> InputError {
    .usage("'\(name)' could be any of several columns; allowed: \(found.joined(separator: ", "))")
  }

  /// The last component that says what a column is: `boundary` of `boundary.radius`, `value` of `value.0.value`.
  static func short(_ column: String) -> String {
    var components = column.split(separator: ".").map(String.init)
    while let last = components.last, components.count > 1,
      Int(last) != nil || ["value", "radius", "lower", "upper"].contains(last)
    {
      components.removeLast()
    }
    return components.last ?? column
  }
}
