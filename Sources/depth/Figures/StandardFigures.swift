import DepthFigures
import DepthRuns
import Foundation

/// The pictures that a run's tables allow, by the tables' names.
struct StandardFigures {
  private let run: RunFolder
  private let source: String

  /// - Throws: `InputError.data` unless it is the folder of a finished run.
  init(of source: String) throws {
    self.source = source
    let url = URL(fileURLWithPath: source)
    let isSweep = FileManager.default.fileExists(atPath: url.appendingPathComponent("plan.json").path)
    if isSweep || url.pathExtension == "csv" {
      throw InputError.usage("\(source) is a \(isSweep ? "sweep" : "table"): name the columns with --x and --y")
    }
    run = try RunFolder(opening: url)
  }

  private struct Kind {
    let table: String
    let draw: (Table) throws -> Figure?

    init(_ table: String, _ draw: @escaping (Table) throws -> Figure?) {
      self.table = table
      self.draw = draw
    }
  }

  private var kinds: [Kind] {
    [
      Kind("exits", Figures.accuracyPerBlock), Kind("accuracy-per-block", Figures.accuracyPerBlock),
      Kind("depth-limit", Figures.depthLimit), Kind("depth-limit-network", Figures.depthLimit),
      Kind("halting-law-kernel", Figures.haltingLaw), Kind("halting-law-diffusion", Figures.haltingLaw),
      Kind("objective-against-cost", Figures.objectiveAgainstCost), Kind("accuracy_depth", Figures.accuracyDepth),
      Kind("path-length", Figures.pathLength), Kind("field-norm-envelope", Figures.fieldNormEnvelope),
      Kind("logarithmic-norm", Figures.logarithmicNorm), Kind("lyapunov-running", Figures.lyapunovExponents),
      Kind("contraction-profile", { try Figures.contraction($0, bounds: run.table("contraction")) }),
      Kind("gain-envelope", gainEnvelope), Kind("boundary", boundary),
    ]
  }

  /// - Parameter plot: the one file wanted, if one is.
  /// - Throws: `InputError.data` without any, `InputError.usage` where one file is wanted of several.
  func pictures(plot: String?) throws -> [Picture] {
    let drawn = try kinds.filter { run.has("\($0.table).csv") }.compactMap { kind in
      try kind.draw(run.table(kind.table)).map { figure in
        Picture(
          figure: figure, name: kind.table, run: run.url, source: run.file("\(kind.table).csv"),
          endings: ["png", "svg"])
      }
    }
    guard !drawn.isEmpty else {
      throw InputError.data("\(source) has no table with a standard picture; give a table of it with --x and --y")
    }
    guard plot == nil || drawn.count == 1 else {
      throw InputError.usage(
        "--plot takes one picture, \(source) has \(drawn.count): \(drawn.map(\.name).joined(separator: ", "))")
    }
    return drawn
  }

  /// Needs the running cost, which stands in the configuration of `depth theory`.
  private func gainEnvelope(_ table: Table) throws -> Figure? {
    guard let cost = try run.configuration()["running_cost"]?.doubleValue else { return nil }
    let bound = try? run.json("results.json")["results"]?["horizon_bound"]?.doubleValue
    return try Figures.gainEnvelope(table, runningCost: cost, horizonBound: bound)
  }

  /// Value against loss where states were asked for, else the boundary in depth where it has one; nil for a mere number.
  private func boundary(_ table: Table) throws -> Figure? {
    guard table.column("boundary") != nil else { return nil }
    if run.has("value.csv"), case let value = try run.table("value"), case .number(let states)? = value.column("state"),
      Set(states).count > 2
    {
      let order = states.indices.sorted { states[$0] < states[$1] }
      var sorted = Table(name: "value")
      for name in ["state", "value", "stopping_loss"] {
        let column = try value.numbers(name)
        sorted.add(name, order.map { column[$0] })
      }
      return try Figures.stoppingRegions(sorted, boundary: table)
    }
    guard case .number(let depths)? = table.column("depth"), Set(depths.filter(\.isFinite)).count > 1 else {
      return nil
    }
    let isFunction = Set(depths).count == depths.count
    return try Figures.tidy(table, x: "depth", y: "boundary", marks: isFunction ? .bands : .points)
  }
}
