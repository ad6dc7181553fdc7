import DepthNumerics
import Foundation

/// V around one continuation interval on nested grids, with its boundary.
struct IntervalField {
  struct End: Sendable {
    let place: Double
    let isSmooth: Bool
    let stopsBelow: Bool
  }

  private let grid: ObstacleGrid
  private let values: [Double]
  /// An estimate for all values: the largest change over the last grids, each scaled to the finest by second order. How the
  /// boundary falls between nodes makes single changes accidental.
  private let valueError: Double
  let ends: [End]
  let boundaryError: Double
  private(set) var iterations = 0

  /// - Throws: `StoppingError` where the boundary is not resolved.
  init(
    _ inequality: VariationalInequality, _ survey: DomainSurvey, _ interval: DomainSurvey.Interval, cells: Int
  ) throws {
    // a reflecting end away from which g rises acts as a convex kink
    var kinks = inequality.loss.kinks
    if inequality.mayStopAtEnd(isUpper: false) { kinks.insert(inequality.lower, at: 0) }
    if inequality.mayStopAtEnd(isUpper: true) { kinks.append(inequality.upper) }
    var free: (Double) -> Bool = { x in
      x > interval.lower ?? -.infinity && x < interval.upper ?? .infinity
    }
    var levels: [(grid: ObstacleGrid, values: [Double], ends: [End])] = []
    for refinement in [8, 4, 2, 1] {
      let nodes = Self.nodes(survey, interval, kinks, cells: cells / refinement)
      let grid = ObstacleGrid(
        survey.equation, nodes: nodes, lower: nodes[0] == survey.lower ? survey.lowerRow : .stopped,
        upper: nodes[nodes.count - 1] == survey.upper ? survey.upperRow : .stopped)
      let found = grid.solve(startingFrom: free)
      iterations += found.iterations
      // margins may reach into a neighbouring interval: the ends that count are the nearest around this one's middle
      let middle = 0.5 * ((interval.lower ?? survey.lower) + (interval.upper ?? survey.upper))
      levels.append((grid, found.values, Self.ends(grid, found.values, found.isFree, kinks, around: middle)))
      let flags = found.isFree
      free = { x in
        var (low, high) = (0, nodes.count - 1)
        while high - low > 1 {
          let center = (low + high) / 2
          if nodes[center] <= x { low = center } else { high = center }
        }
        return flags[x - nodes[low] < nodes[high] - x ? low : high]
      }
    }
    let (last, previous) = (levels[3], levels[2])
    guard !last.ends.isEmpty, last.ends.count == previous.ends.count else {
      throw StoppingError(
        "the boundary is not resolved (\(previous.ends.count) and \(last.ends.count) points on the last two grids): more "
          + "cells needed")
    }
    (grid, values, ends) = last
    var (valueError, boundaryError, weight) = (0.0, 0.0, 1.0)
    for (fine, coarse) in [(3, 2), (2, 1), (1, 0)] {
      let (a, b) = (levels[fine], levels[coarse])
      valueError = max(valueError, weight * Self.change(a.grid, a.values, b.grid, b.values))
      if a.ends.count == last.ends.count, b.ends.count == last.ends.count {
        let shift = zip(a.ends, b.ends).map { abs($0.place - $1.place) }.max() ?? 0
        boundaryError = max(boundaryError, weight * shift)
      }
      weight /= 4
    }
    let rounding = last.ends.map { 1e-11 * abs($0.place) }.max() ?? 0
    self.valueError = 2 * valueError
    self.boundaryError = 2 * boundaryError + rounding
  }

  /// The largest difference at the nodes of the coarser grid and between them, where interpolation adds an error of its own.
  private static func change(
    _ fine: ObstacleGrid, _ values: [Double], _ coarse: ObstacleGrid, _ coarseValues: [Double]
  ) -> Double {
    var largest = 0.0
    for (i, node) in coarse.nodes.enumerated() {
      largest = max(largest, abs(fine.interpolate(values, at: node) - coarseValues[i]))
      guard i > 0 else { continue }
      let middle = 0.5 * (coarse.nodes[i - 1] + node)
      let there = coarse.interpolate(coarseValues, at: middle)
      largest = max(largest, abs(fine.interpolate(values, at: middle) - there))
    }
    return largest
  }

  /// V and its error; nil where one stops and outside the grid.
  func value(at x: Double) -> (value: Double, error: Double)? {
    guard x >= grid.nodes[0], x <= grid.nodes[grid.nodes.count - 1] else { return nil }
    if ends.contains(where: { $0.stopsBelow ? x <= $0.place : x >= $0.place }) { return nil }
    let value = grid.interpolate(values, at: x)
    return (value, valueError + 1e-10 * abs(value))
  }

  /// Kinks, the interval's margins and the ends split the line; cells share by length, and grow smoothly towards a cut end.
  private static func nodes(
    _ survey: DomainSurvey, _ interval: DomainSurvey.Interval, _ kinks: [Double], cells: Int
  ) -> [Double] {
    let (a, b) = (interval.lower ?? survey.lower, interval.upper ?? survey.upper)
    let isLong =
      interval.lower == nil && isNatural(survey.lowerRow) || interval.upper == nil && isNatural(survey.upperRow)
    let margin = 0.06 * (isLong ? Self.scale(survey, interval) : b - a)
    let low = interval.lower.map { max(survey.lower, $0 - max(margin, interval.lowerMargin)) } ?? survey.lower
    let high = interval.upper.map { min(survey.upper, $0 + max(margin, interval.upperMargin)) } ?? survey.upper
    // a coordinate in which cells are even: the line itself, or its inverse hyperbolic sine around the free end
    let center = interval.lower ?? interval.upper ?? 0.5 * (low + high)
    let scale = isLong ? Self.scale(survey, interval) : .infinity
    func even(_ x: Double) -> Double { scale.isFinite ? asinh((x - center) / scale) : x }
    func place(_ y: Double) -> Double { scale.isFinite ? center + scale * sinh(y) : y }
    let stops = ([low, high] + kinks.filter { $0 > low && $0 < high }).sorted()
    let total = even(high) - even(low)
    var nodes = [low]
    for (left, right) in zip(stops, stops.dropFirst()) {
      let (from, to) = (even(left), even(right))
      let count = max(2, Int((Double(cells) / 16 * (to - from) / total).rounded())) * 16
      for k in 1..<count { nodes.append(place(from + (to - from) * Double(k) / Double(count))) }
      nodes.append(right)
    }
    return nodes
  }

  private static func isNatural(_ row: ObstacleGrid.EndRow) -> Bool {
    if case .slope = row { return true }
    return false
  }

  /// The length on which V bends near the free end of a long interval.
  private static func scale(_ survey: DomainSurvey, _ interval: DomainSurvey.Interval) -> Double {
    let free = interval.lower ?? interval.upper ?? 0
    let sigma = survey.equation.noise(free)
    let bend = abs(survey.equation.bend(free))
    let g = survey.inequality.loss
    let natural = (abs(g.derivative(0, free)) / max(bend, 1e-300))
    let drift = sigma * sigma / max(abs(survey.equation.drift(free)), 1e-300)
    let diffusive = sigma / max(survey.equation.discount(free), 1e-300).squareRoot()
    let reach = survey.upper - survey.lower
    return [natural, drift, diffusive, reach].filter { $0 > 0 }.min() ?? reach
  }

  private static func ends(
    _ grid: ObstacleGrid, _ values: [Double], _ free: [Bool], _ kinks: [Double], around middle: Double
  ) -> [End] {
    var ends: [End] = []
    for i in free.indices where !free[i] {
      if i + 1 < free.count, free[i + 1],
        let found = grid.boundary(values, free, stopped: i, kinks: kinks, upwards: true)
      {
        if i > 0 || kinks.contains(grid.nodes[i]) {
          ends.append(End(place: found.place, isSmooth: found.isSmooth, stopsBelow: true))
        }
      }
      if i > 0, free[i - 1], let found = grid.boundary(values, free, stopped: i, kinks: kinks, upwards: false) {
        if i + 1 < free.count || kinks.contains(grid.nodes[i]) {
          ends.append(End(place: found.place, isSmooth: found.isSmooth, stopsBelow: false))
        }
      }
    }
    let below = ends.filter { $0.stopsBelow && $0.place <= middle }.max { $0.place < $1.place }
    let above = ends.filter { !$0.stopsBelow && $0.place >= middle }.min { $0.place < $1.place }
    return [below, above].compactMap(\.self)
  }
}
