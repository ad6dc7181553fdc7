import DepthNumerics
import DepthStopping
import Foundation

/// The cells that samples pass through, and what they would pay: what kernels are counted from.
struct CellPaths: Sendable {
  let sampleCount: Int
  /// L.
  let blockCount: Int
  /// Cells per exit, L + 1; one at the last.
  let counts: [Int]
  /// L x n.
  let cells: [Int32]
  /// n x (L + 1), sample-major.
  let losses: [Double]

  init(_ cells: CoordinateCells, _ values: CoordinateValues, losses: [Double]) {
    (sampleCount, blockCount, self.losses) = (values.sampleCount, values.blockCount, losses)
    counts = (0..<values.blockCount).map { cells.count($0) } + [1]
    self.cells = cells.cells(values)
  }

  /// tau under stopping cells.
  func depths(_ stops: [[Bool]]) -> [Int] {
    var depths = [Int](repeating: blockCount, count: sampleCount)
    cells.withUnsafeBufferPointer { cells in
      depths.withUnsafeMutableBufferPointer { depths in
        for exit in stride(from: blockCount - 1, through: 0, by: -1) {
          stops[exit].withUnsafeBufferPointer { stops in
            for sample in 0..<sampleCount where stops[Int(cells[exit * sampleCount + sample])] { depths[sample] = exit }
          }
        }
      }
    }
    return depths
  }
}

/// An empirical Markov kernel on cells, with Bellman's recursion and the law of tau; rows sum to one.
struct CellKernel: Equatable, Sendable {
  let counts: [Int]
  /// Per block: cells of exit k x cells of exit k + 1.
  private(set) var transition: [[Double]]
  /// g_k per exit below the last and cell.
  let stoppingLoss: [[Double]]
  /// Mean of `g_k - g_{k+1}` per block and cell, sample by sample: a difference of means over cells would mix samples.
  let gain: [[Double]]
  let initialLaw: [Double]

  /// - Parameters:
  ///   - members: the samples counted.
  ///   - depths: of all samples, or empty; exits beyond a sample's depth do not count it: the kernel of the process stopped there.
  ///   - prior: rows are shrunk to this kernel's with a weight of five samples; without it an empty cell goes anywhere.
  init(_ paths: CellPaths, members: [Int], until depths: [Int] = [], prior: CellKernel? = nil) {
    let (n, blocks, counts) = (paths.sampleCount, paths.blockCount, paths.counts)
    let weight = prior == nil ? 0 : 5.0
    var (transition, losses, gains): ([[Double]], [[Double]], [[Double]]) = ([], [], [])
    var initial = [Double](repeating: 0, count: counts[0])
    paths.cells.withUnsafeBufferPointer { cells in
      paths.losses.withUnsafeBufferPointer { loss in
        for sample in members { initial[Int(cells[sample])] += 1 / Double(members.count) }
        for exit in 0..<blocks {
          let (rows, columns) = (counts[exit], counts[exit + 1])
          var (held, paid, won) = (
            [Double](repeating: 0, count: rows), [Double](repeating: 0, count: rows),
            [Double](repeating: 0, count: rows)
          )
          var moves = [Double](repeating: 0, count: rows * columns)
          moves.withUnsafeMutableBufferPointer { moves in
            for sample in members where depths.isEmpty || depths[sample] >= exit {
              let from = Int(cells[exit * n + sample])
              let here = loss[sample * (blocks + 1) + exit]
              held[from] += 1
              paid[from] += here
              won[from] += here - loss[sample * (blocks + 1) + exit + 1]
              moves[from * columns + (exit + 1 < blocks ? Int(cells[(exit + 1) * n + sample]) : 0)] += 1
            }
          }
          let total = held.reduce(0, +)
          func shrunk(_ sums: [Double], _ before: [Double]?) -> [Double] {
            let overall = total > 0 ? sums.reduce(0, +) / total : 0
            return sums.indices.map { cell in
              let mass = held[cell] + weight
              return mass > 0 ? (sums[cell] + weight * (before?[cell] ?? 0)) / mass : overall
            }
          }
          losses.append(shrunk(paid, prior?.stoppingLoss[exit]))
          gains.append(shrunk(won, prior?.gain[exit]))
          for row in 0..<rows {
            let mass = held[row] + weight
            for column in 0..<columns {
              let place = row * columns + column
              moves[place] =
                mass > 0
                ? (moves[place] + weight * (prior?.transition[exit][place] ?? 0)) / mass : 1 / Double(columns)
            }
          }
          transition.append(moves)
        }
      }
    }
    (self.counts, self.transition, stoppingLoss, gain, initialLaw) = (counts, transition, losses, gains, initial)
  }

  /// Tilts every row so that the mean of the next cell's centre is the cell's own: the martingale property, exactly.
  ///
  /// `P'(j) ~ P(j) e^(theta z_j)`, the row nearest in relative entropy; a row whose reachable centres do not enclose its own stays.
  mutating func enforceMartingale(_ centers: [[Double]]) {
    for block in 0..<(centers.count - 1) {
      let (rows, columns, next) = (counts[block], counts[block + 1], centers[block + 1])
      for row in 0..<rows {
        let range = (row * columns)..<((row + 1) * columns)
        guard let tilted = Self.tilt(Array(transition[block][range]), next, to: centers[block][row]) else { continue }
        transition[block].replaceSubrange(range, with: tilted)
      }
    }
  }

  /// Newton's iteration with halved steps on a convex function; nil where no tilt has this mean.
  static func tilt(_ law: [Double], _ values: [Double], to mean: Double) -> [Double]? {
    let reached = law.indices.filter { law[$0] > 0 }
    guard let low = reached.map({ values[$0] }).min(), let high = reached.map({ values[$0] }).max(), low < mean,
      mean < high
    else { return nil }
    let places = reached.map { (values[$0] - mean) / (high - low) }
    var theta = 0.0
    for _ in 0..<60 {
      let weights = zip(reached, places).map { law[$0] * exp(theta * $1) }
      let total = weights.reduce(0, +)
      let first = zip(weights, places).reduce(0) { $0 + $1.0 * $1.1 } / total
      let second = zip(weights, places).reduce(0) { $0 + $1.0 * $1.1 * $1.1 } / total
      guard abs(first) >= 1e-12 else {
        var tilted = [Double](repeating: 0, count: law.count)
        for (place, weight) in zip(reached, weights) { tilted[place] = weight / total }
        return tilted
      }
      theta -= max(-2, min(2, first / max(1e-12, second - first * first)))
    }
    return nil
  }

  /// Bellman's recursion on `U = V - g`; ties stop.
  func stops(runningCost: Double) -> [[Bool]] {
    let exits = counts.count
    var surplus = [Double](repeating: 0, count: counts[exits - 1])
    var stops = [[Bool]](repeating: [], count: exits)
    stops[exits - 1] = surplus.map { _ in true }
    for exit in stride(from: exits - 2, through: 0, by: -1) {
      let width = counts[exit + 1]
      surplus = transition[exit].withUnsafeBufferPointer { row in
        (0..<counts[exit]).map { cell in
          var value = runningCost - gain[exit][cell]
          for next in 0..<width { value += row[cell * width + next] * surplus[next] }
          return min(0, value)
        }
      }
      stops[exit] = surplus.map { $0 == 0 }
    }
    return stops
  }

  /// Law of tau and `E[g_tau + c tau]` by absorption in the stopping cells.
  func propagate(_ stops: [[Bool]], runningCost: Double) -> (law: [Double], objective: Double) {
    var mass = initialLaw
    var law = [Double](repeating: 0, count: counts.count)
    var objective = 0.0
    let blocks = counts.count - 1
    for exit in 0..<blocks {
      for cell in mass.indices where stops[exit][cell] {
        law[exit] += mass[cell]
        objective += mass[cell] * (stoppingLoss[exit][cell] + runningCost * Double(exit))
        mass[cell] = 0
      }
      guard exit + 1 < blocks else {
        // the last loss is known by the cell before it, no coarser
        for cell in mass.indices {
          law[blocks] += mass[cell]
          objective += mass[cell] * (stoppingLoss[exit][cell] - gain[exit][cell] + runningCost * Double(blocks))
        }
        break
      }
      let width = counts[exit + 1]
      var next = [Double](repeating: 0, count: width)
      transition[exit].withUnsafeBufferPointer { row in
        for cell in mass.indices where mass[cell] > 0 {
          for other in 0..<width { next[other] += mass[cell] * row[cell * width + other] }
        }
      }
      mass = next
    }
    return (law, objective)
  }
}
