public import DepthRuns

/// What an experiment leaves behind: tables for figures, scalar findings for the text, and how long it took.
public struct ExperimentOutcome: Sendable {
  public var tables: [Table]
  public var findings: [String: Double]
  public var seconds: Double

  public init(tables: [Table], findings: [String: Double], seconds: Double) {
    self.tables = tables
    self.findings = findings
    self.seconds = seconds
  }

  /// A table by name.
  ///
  /// - Throws: `InputError.data` when the experiment made no such table.
  public func table(_ name: String) throws -> Table {
    guard let table = tables.first(where: { $0.name == name }) else { throw InputError.data("no table '\(name)'") }
    return table
  }
}

/// How much work a reproduction does.
public struct Effort: Sendable {
  public let seeds: [UInt64]
  public let runningCosts: [Double]
  /// Random parameter draws per closed form.
  public let draws: Int

  /// Minutes on two cores.
  public static let quick = Effort(seeds: [0, 1, 2], runningCosts: [0.001, 0.003, 0.01, 0.03, 0.1], draws: 200)
  public static let full = Effort(
    seeds: Array(0..<10), runningCosts: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2], draws: 2000)
}
