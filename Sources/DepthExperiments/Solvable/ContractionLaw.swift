import DepthNumerics
import Foundation

/// The law of tau for `x' = q x + s xi` that stops at the first block k with `|x_k| <= b_k`, and `E[x_tau^2 + c tau]`.
///
/// The density outside of the thresholds, which is even, lives on Gauss-Legendre panels of width s; what stops in a block is
/// integrated in closed form. Spectral in accuracy.
struct ContractionLaw {
  enum Start {
    case state(Double)
    case normal(deviation: Double)
  }

  /// P(tau = k), k = 0...L.
  private(set) var probabilities: [Double]
  private(set) var objective = 0.0

  private struct Atom {
    let at: Double
    let weight: Double
  }

  private let retention: Double
  private let deviation: Double
  private let rule = GaussLegendreRule(count: 24)

  init(retention: Double, deviation: Double, thresholds: [Double], initial: Start, cost: Double) {
    (self.retention, self.deviation) = (retention, deviation)
    let blocks = thresholds.count
    probabilities = [Double](repeating: 0, count: blocks + 1)
    var atoms: [Atom]
    switch initial {
    case .state(let x):
      let stops = abs(x) <= thresholds[0]
      if stops { (probabilities[0], objective) = (1, x * x) }
      atoms = stops ? [] : [Atom(at: x, weight: 1)]
    case .normal(let scale):
      let inside = Self.inside(0, scale, thresholds[0])
      probabilities[0] = inside.probability
      objective = inside.square
      atoms = panels(from: thresholds[0], to: 10 * scale).map {
        Atom(at: $0.at, weight: 2 * $0.weight * NormalLaw.density($0.at / scale) / scale)
      }
    }
    for block in 1...blocks {
      let threshold = block < blocks ? thresholds[block] : Double.infinity
      var square = 0.0
      for atom in atoms {
        let inside = Self.inside(retention * atom.at, deviation, threshold)
        probabilities[block] += atom.weight * inside.probability
        square += atom.weight * inside.square
      }
      objective += square + cost * Double(block) * probabilities[block]
      guard block < blocks, let top = atoms.map({ abs($0.at) }).max() else { break }
      atoms = panels(from: threshold, to: retention * top + 10 * deviation).map { node in
        Atom(at: node.at, weight: node.weight * density(atoms, at: node.at))
      }
    }
  }

  /// Of |x| after one more block.
  private func density(_ atoms: [Atom], at z: Double) -> Double {
    var sum = 0.0
    for atom in atoms {
      let mean = retention * atom.at
      sum += atom.weight * (NormalLaw.density((z - mean) / deviation) + NormalLaw.density((z + mean) / deviation))
    }
    return sum / deviation
  }

  private func panels(from low: Double, to high: Double) -> [Atom] {
    guard low < high else { return [] }
    let count = max(1, Int(((high - low) / deviation).rounded(.up)))
    let half = (high - low) / Double(count) / 2
    return (0..<count).flatMap { panel in
      zip(rule.nodes, rule.weights).map { node, weight in
        Atom(at: low + half * (Double(2 * panel + 1) + node), weight: half * weight)
      }
    }
  }

  /// `P(|X| <= b)` and `E[X^2; |X| <= b]`, X normal.
  private static func inside(_ mean: Double, _ scale: Double, _ b: Double) -> (probability: Double, square: Double) {
    guard b.isFinite else { return (1, mean * mean + scale * scale) }
    let (low, high) = ((-b - mean) / scale, (b - mean) / scale)
    let probability = NormalLaw.cdf(high) - NormalLaw.cdf(low)
    let (below, above) = (NormalLaw.density(low), NormalLaw.density(high))
    let first = mean * probability - scale * (above - below)
    // E[X^2] = mean E[X] + s^2 P - s (x phi)|
    let square = mean * first + scale * scale * probability - scale * (b * above + b * below)
    return (probability, square)
  }
}
