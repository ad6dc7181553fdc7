import DepthFigures
import DepthNumerics
import DepthRuns
import Foundation

/// Collects the points of a picture and makes their table.
struct SweepPointTable {
  private let source: Table
  private var xs: [Double] = []
  private var seconds: [Double] = []
  private var intervals: [Interval] = []
  private var hasInterval = false
  private var counts: [Int] = []
  private var parts: [String] = []
  /// A row of the source for each point, for the cells of `by` and `facet`.
  private var representatives: [Int] = []
  private var names: (x: String, second: String?, line: String?, panel: String?) = ("", nil, nil, nil)
  private var missing: [String: Int] = [:]

  init(_ source: Table) { self.source = source }

  var count: Int { xs.count }
  var notes: [String] {
    missing.sorted { $0.key < $1.key }.map { "\($0.value) rows have no number in \($0.key) and are left out" }
  }

  /// The point of a group of replicates, or none where no row has a number.
  mutating func add(
    _ part: SweepColumnNames.Part, _ group: [Int], x: String, second: String?, line: String?, panel: String?
  ) throws {
    names = (x, second, line, panel)
    let values = try source.numbers(part.column)
    let places = try source.numbers(x)
    let seconds = try second.map(source.numbers)
    let present = group.filter { row in
      values[row].isFinite && places[row].isFinite && seconds.map { $0[row].isFinite } ?? true
    }
    if present.count < group.count { missing[part.column, default: 0] += group.count - present.count }
    guard let first = present.first else { return }
    let interval = present.count > 1 ? Interval(replicates: present.map { values[$0] }) : own(part.column, first)
    hasInterval = hasInterval || (interval.lower < interval.upper)
    intervals.append(interval)
    xs.append(present.count > 1 ? Self.mean(present.map { places[$0] }) : places[first])
    self.seconds.append(seconds.map { list in Self.mean(present.map { list[$0] }) } ?? .nan)
    counts.append(present.count)
    parts.append(part.name)
    representatives.append(first)
  }

  /// Equal numbers stay what they are.
  private static func mean(_ values: [Double]) -> Double {
    values.allSatisfy { $0 == values[0] } ? values[0] : Statistics.mean(values)
  }

  /// The interval that a single row brings for a column; without one the value alone.
  private func own(_ column: String, _ row: Int) -> Interval {
    let values = (try? source.numbers(column)) ?? []
    let stem = column.hasSuffix(".value") ? String(column.dropLast(5)) : "\(column)_"
    guard case .number(let lower)? = source.column("\(stem)lower"),
      case .number(let upper)? = source.column("\(stem)upper"), lower[row].isFinite, upper[row].isFinite
    else { return Interval(value: values[row], lower: values[row], upper: values[row]) }
    return Interval(value: values[row], lower: lower[row], upper: upper[row])
  }

  /// The table, and what its columns are called.
  struct Named {
    let table: Table
    let x: String
    let second: String?
    let quantity: String
    let line: String?
    let part: String?
    let panel: String?
  }

  /// - Parameters:
  ///   - hasParts: whether the quantity has several columns.
  ///   - hasFamily: whether each of them is a line of its own.
  func table(quantity: String, hasParts: Bool, hasFamily: Bool) throws -> Named {
    var table = Table(name: "figure")
    func free(_ column: String) -> String {
      let short = SweepColumnNames.short(column)
      return table.column(short) == nil ? short : String(column.map { $0 == "." ? "_" : $0 })
    }
    func add(_ column: String?) throws -> String? {
      guard let column, let cells = source.column(column) else { return nil }
      let name = free(column)
      if table.column(name) != nil { return name }
      switch cells {
      case .number(let values): table.add(name, representatives.map { values[$0] })
      case .text(let values): table.add(name, representatives.map { values[$0] })
      }
      return name
    }
    let panel = try add(names.panel)
    var line: String? = nil
    var part: String? = nil
    if hasFamily {
      line = "series"
      table.add("series", zip(parts, representatives).map { series($0, $1) })
    } else {
      line = try add(names.line)
      if hasParts {
        part = "side"
        table.add("side", parts)
      }
    }
    let x = free(names.x)
    table.add(x, xs)
    let second = names.second.map(free)
    if let second { table.add(second, seconds) }
    let name = table.column(quantity) == nil ? quantity : "\(quantity)_value"
    table.add(name, intervals.map(\.value))
    if hasInterval {
      table.add("\(name)_lower", intervals.map(\.lower))
      table.add("\(name)_upper", intervals.map(\.upper))
    }
    table.add("replicates", counts)
    return Named(
      table: table, x: x, second: second, quantity: name, line: line, part: part, panel: panel)
  }

  /// A line's name where it is both a value of `by` and a member of a family.
  private func series(_ part: String, _ row: Int) -> String {
    guard let line = names.line, let cells = source.column(line) else { return part }
    switch cells {
    case .text(let values): return "\(values[row]), \(part)"
    case .number(let values): return "\(FigureLabel(column: line).words) \(Self.text(values[row])), \(part)"
    }
  }

  /// A number as people write it.
  static func text(_ value: Double) -> String {
    if let integer = Int(exactly: value), abs(integer) < 1 << 53 { return String(integer) }
    return value.description
  }
}
