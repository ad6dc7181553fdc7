import DepthNumerics
import DepthRuns
import Foundation

/// Where a typed stopping loss has kinks: roots of its switches on the domain, kept where the slope jumps.
struct LossKinks {
  let loss: ScalarExpression
  let parameters: [Double]
  let lower: Double
  let upper: Double
  let horizon: Double?

  /// A kink, and how far from it the branches' values are equal to rounding, so that the expression tells the wrong slope there; 0
  /// where the neighbouring numbers already tell them apart.
  struct Kink: Equatable {
    let state: Double
    let tie: Double
  }

  /// Ascending.
  ///
  /// - Throws: `InputError.usage` for a loss that jumps or whose kinks move with depth, and for `floor`.
  func find() throws -> [Kink] {
    guard !loss.usesFloor else {
      throw InputError.usage("the stopping loss uses floor; allowed: continuous losses")
    }
    try requireNoPole()
    let candidates = Set(try loss.switches.flatMap(roots)).sorted()
    let function = ExpressionFunction(loss, parameters: parameters)
    let (value, slope) = (function.value, function.derivative)
    func slopesDiffer(_ x: Double, _ step: Double) -> Bool {
      let (left, right) =
        step == 0 ? (slope(0, x.nextDown), slope(0, x.nextUp)) : (slope(0, x - step), slope(0, x + step))
      return abs(right - left) > 1e-12 * max(abs(left), abs(right))
    }
    return Self.merged(
      try candidates.compactMap { x in
        let (left, right) = (x.nextDown, x.nextUp)
        let scale = max(abs(value(0, left)), abs(value(0, right)))
        // a root is known to a few roundings of x, over which the steeper branch may rise
        let rise = 1e3 * x.ulp * max(abs(slope(0, left)), abs(slope(0, right)))
        guard abs(value(0, right) - value(0, left)) <= 1e-9 * scale + rise else {
          throw InputError.usage("the stopping loss jumps at x = \(x); allowed: continuous losses")
        }
        // the kink is the neighbour at which the slope does jump
        let neighbours = [0, 1, -1, 2, -2, 3, -3, 4, -4].map { x + $0 * x.ulp }
        if let kink = neighbours.first(where: { slopesDiffer($0, 0) }) { return Kink(state: kink, tie: 0) }
        // where numbers are finer than the values, the branches have to part by some roundings first
        let far = 1e-9 * max(1, abs(x))
        let (before, after) = (slope(0, x - far), slope(0, x + far))
        guard abs(after - before) > 1e-7 * max(abs(before), abs(after)) else { return nil }
        let tie = 8 * max(value(0, x - far).ulp, value(0, x + far).ulp) / abs(after - before)
        return tie < far && slopesDiffer(x, tie) ? Kink(state: x, tie: tie) : nil
      })
  }

  /// Roots of different switches at one place differ by roundings: they are one kink, seen from outside of both.
  private static func merged(_ kinks: [Kink]) -> [Kink] {
    kinks.reduce(into: [Kink]()) { merged, kink in
      guard let last = merged.last, kink.state - last.state <= 16 * kink.state.ulp + last.tie + kink.tie else {
        merged.append(kink)
        return
      }
      let spread = kink.state - last.state + 4 * kink.state.ulp
      merged[merged.count - 1] = Kink(state: last.state, tie: max(last.tie, kink.tie, spread))
    }
  }

  /// - Throws: `InputError.usage` where a denominator vanishes inside the domain and the loss with it grows beyond bounds.
  private func requireNoPole() throws {
    let value = ExpressionFunction(loss, parameters: parameters).value
    for divisor in loss.denominators {
      for x in roots(of: ExpressionFunction(divisor, parameters: parameters).value, depth: 0) {
        let step = 1e-9 * max(1, abs(x))
        let near = [value(0, x - step), value(0, x + step)].map(abs)
        let far = [value(0, x - 1e-3 * max(1, abs(x))), value(0, x + 1e-3 * max(1, abs(x)))].map(abs)
        if near.max() ?? 0 > 1e3 * max(far.max() ?? 0, 1) {
          throw InputError.usage(
            "the stopping loss has a pole at x = \(x), inside the domain; allowed: bounded losses there")
        }
      }
    }
  }

  private func roots(of decider: ScalarExpression) throws -> [Double] {
    let function = ExpressionFunction(decider, parameters: parameters).value
    let now = roots(of: function, depth: 0)
    guard function.dependsOnDepth else { return now }
    let later = roots(of: function, depth: horizon ?? 1)
    guard now.count == later.count, zip(now, later).allSatisfy({ abs($0 - $1) <= 1e-12 * max(1, abs($0)) }) else {
      throw InputError.usage(
        "the kinks of the stopping loss move with depth (from \(now) to \(later)); allowed: kinks that stay")
    }
    return now
  }

  private func roots(of function: ScalarFunction, depth: Double) -> [Double] {
    let states = DomainSamples.dense(lower: lower, upper: upper)
    let values = function.values(depth: depth, states)
    var found = states.indices.filter { values[$0] == 0 }.map { states[$0] }
    func addRoot(_ a: Double, _ b: Double) {
      if let root = try? RootFinding.brent(lower: a, upper: b, { function(depth, $0) }) { found.append(root) }
    }
    for i in states.indices.dropFirst() {
      if values[i - 1] * values[i] < 0 { addRoot(states[i - 1], states[i]) }
      // two roots between samples: |u| dips towards zero without a change of sign at the samples
      guard i + 1 < states.count, values[i - 1] * values[i] > 0, values[i] * values[i + 1] > 0,
        abs(values[i]) <= abs(values[i - 1]), abs(values[i]) <= abs(values[i + 1]), abs(values[i]) < .infinity
      else { continue }
      let sign = values[i] < 0 ? -1.0 : 1
      let (a, b) = (states[i - 1], states[i + 1])
      let dip = ScalarMinimum.golden(lower: a, upper: b, scan: 4) { sign * function(depth, $0) }
      let bottom = function(depth, dip)
      guard bottom * sign < 0 else { continue }
      addRoot(a, dip)
      addRoot(dip, b)
    }
    return found
  }
}

/// States of a domain that see every scale: geometric towards finite ends and towards infinity.
enum DomainSamples {
  static func states(lower: Double, upper: Double) -> [Double] {
    let exponents = stride(from: -9.0, through: 9.0, by: 0.05).map { pow(10, $0) }
    switch (lower.isFinite, upper.isFinite) {
    case (true, true): return exponents.map { lower + (upper - lower) * ($0 / (1 + $0)) }
    case (true, false): return exponents.map { lower + $0 }
    case (false, true): return exponents.reversed().map { upper - $0 }
    case (false, false): return exponents.reversed().map { -$0 } + [0] + exponents
    }
  }

  /// The same with an even spacing besides, which sees what lies close together far from the ends.
  static func dense(lower: Double, upper: Double) -> [Double] {
    let (low, high) = (max(lower, min(-64, upper - 64)), min(upper, max(64, lower + 64)))
    let even = (1..<2048).map { low + (high - low) * Double($0) / 2048 }
    return Set(states(lower: lower, upper: upper) + even).sorted()
  }
}

extension ScalarFunction {
  /// A derivative of a loss that holds each branch's up to its kink: within a tie of one it is the branch's a tie away.
  func branchwise(_ kinks: [LossKinks.Kink]) -> ScalarFunction {
    let ties = kinks.filter { $0.tie > 0 }
    guard !ties.isEmpty, constantValue == nil else { return self }
    @Sendable func apart(_ x: Double) -> Double? {
      for kink in ties where abs(x - kink.state) < kink.tie {
        return x < kink.state ? kink.state - kink.tie : kink.state + kink.tie
      }
      return nil
    }
    return ScalarFunction(
      dependsOnDepth: dependsOnDepth,
      blockwise: { depth, states, count, values in
        self.fill(depth: depth, states: states, count: count, into: values)
        for i in 0..<count {
          if let place = apart(states[i]) { values[i] = self(depth, place) }
        }
      }, { depth, x in self(depth, apart(x) ?? x) })
  }
}
