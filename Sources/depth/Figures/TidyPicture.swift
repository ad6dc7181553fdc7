import DepthExperiments
import DepthFigures
import DepthRuns
import Foundation

/// The picture of a sweep or a tidy table: lines with intervals, or a heat map.
struct TidyPicture {
  private let aggregation: SweepAggregation
  private let isSweep: Bool
  private let logarithmic: Set<String>

  init(_ source: SweepSource, _ request: SweepAggregation.Request, logarithmic: Set<String>) throws {
    aggregation = try SweepAggregation(source, request)
    isSweep = source.isSweep
    self.logarithmic = logarithmic
  }

  /// - Parameter url: the table, or the folder that holds it.
  func picture(of url: URL) throws -> Picture {
    let isTable = url.pathExtension == "csv"
    let folder = isTable ? url.deletingLastPathComponent() : url
    return Picture(
      figure: try figure(), name: name, run: folder,
      source: isTable ? url : folder.appendingPathComponent("results.csv"),
      table: isSweep ? aggregation.table : nil, notes: aggregation.notes)
  }

  private func figure() throws -> Figure {
    let made = aggregation
    if let z = made.z {
      return try Figures.heatMap(
        made.table, x: made.x, y: made.y, z: z, facet: made.facet, logarithmicX: logarithmic.contains("x"),
        logarithmicY: logarithmic.contains("y"), logarithmicZ: logarithmic.contains("z"))
    }
    return try Figures.tidy(
      made.table, x: made.x, y: made.y, by: made.by, side: made.side, facet: made.facet,
      logarithmicX: logarithmic.contains("x"), logarithmicY: logarithmic.contains("y"),
      marks: made.isScattered ? .points : isSweep ? .intervals : .bands)
  }

  /// Kebab-case: "boundary-against-running-cost".
  private var name: String {
    let words =
      aggregation.z.map { [$0, "over", aggregation.x, "and", aggregation.y] }
      ?? [aggregation.y, "against", aggregation.x]
    return words.map { String($0.map { $0 == "_" || $0 == "." ? "-" : $0 }) }.joined(separator: "-")
  }
}
