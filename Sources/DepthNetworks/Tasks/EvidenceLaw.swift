import DepthNumerics
import Foundation

/// The law of the stopping depth under symmetric thresholds on a posterior's log-odds, by propagating what has not stopped.
///
/// Let m(y) be the density of the log-odds of paths still going and `w = m / cosh(y/2)`: a block convolves w with N(0, s^2) and
/// multiplies it by `e^(-s^2/8)` (the mixture of N(+-s^2/2, s^2) in the proportions that y says). w lives on Gauss-Legendre panels between
/// the thresholds; stopping probabilities are sums of normal tails, exact; losses are integrals over panels outside.
/// O(blocks x nodes x nodes within a block's reach).
struct EvidenceLaw {
  /// P(tau = k), k = 0...N.
  private(set) var probabilities: [Double]
  /// E[g; tau = k].
  private(set) var losses: [Double]

  /// A point of the log-odds with its weight times w.
  private struct Atom {
    let at: Double
    let weight: Double
  }

  private let signal: Double
  /// Where a block's transition, tilted by cosh(z/2), is below rounding.
  private let span: Double
  private let loss: (Double) -> Double
  private let rule = GaussLegendreRule(count: 24)

  /// - Parameters:
  ///   - start: log-odds of the prior.
  ///   - thresholds: b_0...b_{N-1} >= 0; at block N everything stops.
  ///   - loss: g of the log-odds, even.
  init(signal: Double, start: Double, thresholds: [Double], loss: @escaping (Double) -> Double) {
    self.signal = signal
    span = (9 + signal / 2) * signal
    self.loss = loss
    let blocks = thresholds.count
    probabilities = [Double](repeating: 0, count: blocks + 1)
    losses = probabilities
    guard abs(start) < thresholds[0] else {
      (probabilities[0], losses[0]) = (1, loss(start))
      return
    }
    var atoms = [Atom(at: start, weight: 1 / cosh(start / 2))]
    for block in 1...blocks {
      let threshold = block < blocks ? thresholds[block] : 0
      probabilities[block] = stopped(atoms, beyond: threshold)
      losses[block] = expectedLoss(atoms, beyond: threshold)
      guard let low = atoms.first?.at, let high = atoms.last?.at, threshold > 0 else { break }
      atoms = integrate(from: max(-threshold, low - span), to: min(threshold, high + span)).map {
        Atom(at: $0.at, weight: $0.weight * density(atoms, at: $0.at))
      }
    }
  }

  /// w after one more block.
  private func density(_ atoms: [Atom], at z: Double) -> Double {
    let scale = 1 / signal
    var (low, high) = (0, atoms.count)
    while low < high {
      let middle = (low + high) / 2
      if atoms[middle].at < z - span { low = middle + 1 } else { high = middle }
    }
    var sum = 0.0
    while low < atoms.count, atoms[low].at <= z + span {
      sum += atoms[low].weight * NormalLaw.density((z - atoms[low].at) * scale)
      low += 1
    }
    return sum * scale * exp(-signal * signal / 8)
  }

  /// The probability to end a block outside of the thresholds: `e^(-s^2/8) int phi_s(z - y) cosh(z/2) dz` in closed form.
  private func stopped(_ atoms: [Atom], beyond b: Double) -> Double {
    let (half, s) = (signal * signal / 2, signal)
    return atoms.reduce(0) { sum, atom in
      let (up, down) = (0.5 * exp(atom.at / 2), 0.5 * exp(-atom.at / 2))
      let (rising, falling) = (atom.at + half, atom.at - half)
      let above = up * NormalLaw.cdf((rising - b) / s) + down * NormalLaw.cdf((falling - b) / s)
      let below = up * NormalLaw.cdf((-b - rising) / s) + down * NormalLaw.cdf((-b - falling) / s)
      return sum + atom.weight * (above + below)
    }
  }

  private func expectedLoss(_ atoms: [Atom], beyond b: Double) -> Double {
    guard let low = atoms.first?.at, let high = atoms.last?.at else { return 0 }
    let sides = integrate(from: b, to: high + span) + integrate(from: low - span, to: -b)
    return sides.reduce(0) { $0 + $1.weight * loss($1.at) * cosh($1.at / 2) * density(atoms, at: $1.at) }
  }

  /// Nodes and weights on panels no wider than s; none where the interval is empty.
  private func integrate(from low: Double, to high: Double) -> [Atom] {
    guard low < high else { return [] }
    let panels = max(1, Int(((high - low) / signal).rounded(.up)))
    let half = (high - low) / Double(panels) / 2
    return (0..<panels).flatMap { panel in
      zip(rule.nodes, rule.weights).map { node, weight in
        Atom(at: low + half * (Double(2 * panel + 1) + node), weight: half * weight)
      }
    }
  }
}
