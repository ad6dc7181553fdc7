/// The solution of `u'(x) = -p(x) u(x) - q(x)` from a given start, by spectral collocation on panels of adaptive length.
///
/// Each panel solves the equivalent integral equation, which is well conditioned however large p is; the panel is halved
/// until the last Chebyshev coefficients of u fall below 1e-14 of the largest. Marching must go in the direction in which
/// disturbances decay (against a field that contracts). Memory: 2 (n + 1) doubles a panel; O(n^3) work a panel.
/// Source: Greengard, "Spectral integration and two-point boundary value problems", SIAM J. Numer. Anal. 28 (1991).
public struct LinearFlow: Sendable {
  public typealias Coefficient = @Sendable (Double) -> Double

  private struct Panel: Sendable {
    let left: Double
    let right: Double
    let values: [Double]
    /// Integral of u from the start of the march to each node.
    let integrals: [Double]
  }

  private let rule: ChebyshevPanel
  private let p: Coefficient
  private let q: Coefficient
  private var panels: [Panel] = []
  public let start: Double
  private let initialValue: Double
  /// Where the march stands.
  public private(set) var end: Double
  public private(set) var coefficientEvaluations = 0
  private var length: Double

  /// Nothing is computed before the first `advance`. `length` is the first panel's length to try.
  public init(
    rule: ChebyshevPanel, start: Double, value: Double, length: Double, p: @escaping Coefficient,
    q: @escaping Coefficient
  ) {
    precondition(length > 0, "panel length \(length)")
    self.rule = rule
    self.p = p
    self.q = q
    self.start = start
    self.end = start
    self.length = length
    initialValue = value
  }

  public var panelCount: Int { panels.count }
  /// u where the march stands.
  public var endValue: Double { panels.isEmpty ? initialValue : value(at: end) }

  /// Marches one panel towards `limit`, never past it.
  ///
  /// - Throws: `RootFindingError` when the panel would have to be shorter than rounding allows.
  public mutating func advance(towards limit: Double) throws {
    precondition(limit != end, "the march already stands at \(limit)")
    let isForward = limit > end
    precondition(
      panels.isEmpty || isForward == (end > start),
      "the march from \(start) stands at \(end) and cannot turn to \(limit)")
    let (startValue, startIntegral) = (endValue, panels.isEmpty ? 0 : integral(at: end))
    while true {
      let isLast = length >= abs(limit - end)
      let next = isLast ? limit : end + (isForward ? length : -length)
      guard next != end, length > 16 * end.ulp else {
        throw RootFindingError(description: "collocation stalls at \(end): the coefficients are not smooth there")
      }
      let (left, right) = isForward ? (end, next) : (next, end)
      if let panel = try solve(left, right, startValue, startIntegral, isForward: isForward) {
        panels.append(panel)
        if !isLast { length *= 2 }
        end = next
        return
      }
      length = abs(next - end) / 2
    }
  }

  /// u at a point that the march has passed.
  public func value(at x: Double) -> Double {
    guard let panel = panel(x) else { return initialValue }
    return rule.evaluate(panel.values, at: local(x, panel))
  }

  /// The integral of u from the start to `x`.
  public func integral(at x: Double) -> Double {
    guard let panel = panel(x) else { return 0 }
    return rule.evaluate(panel.integrals, at: local(x, panel))
  }

  private func local(_ x: Double, _ panel: Panel) -> Double {
    if x == panel.left { return -1 }
    if x == panel.right { return 1 }
    return (2 * x - panel.left - panel.right) / (panel.right - panel.left)
  }

  /// The panel that holds x, by bisection over the ordered panels.
  private func panel(_ x: Double) -> Panel? {
    guard !panels.isEmpty else {
      precondition(x == start, "\(x) was not reached from \(start)")
      return nil
    }
    precondition(min(start, end) <= x && x <= max(start, end), "\(x) lies outside [\(start), \(end)]")
    var (low, high) = (0, panels.count - 1)
    while low < high {
      let middle = (low + high) / 2
      let isPassed = end > start ? x > panels[middle].right : x < panels[middle].left
      if isPassed { low = middle + 1 } else { high = middle }
    }
    return panels[low]
  }

  /// One panel, or nil when the degree does not resolve u on it.
  private mutating func solve(
    _ left: Double, _ right: Double, _ startValue: Double, _ startIntegral: Double, isForward: Bool
  ) throws -> Panel? {
    let n = rule.degree
    let half = (right - left) / 2
    let nodes = rule.nodes.map { left + half * (1 + $0) }
    let (pValues, qValues) = (nodes.map(p), nodes.map(q))
    coefficientEvaluations += 2 * (n + 1)
    guard pValues.allSatisfy(\.isFinite), qValues.allSatisfy(\.isFinite) else { return nil }
    // forward: u(x) = u(left) - int_left^x (p u + q); backward: u(x) = u(right) + int_x^right (p u + q)
    var matrix = [Double](repeating: 0, count: (n + 1) * (n + 1))
    var source = [Double](repeating: startValue, count: n + 1)
    for j in 0...n {
      for k in 0...n {
        let fromLeft = half * rule.integration[j * (n + 1) + k]
        let weight = isForward ? fromLeft : fromLeft - half * rule.integration[n * (n + 1) + k]
        matrix[j * (n + 1) + k] = weight * pValues[k] + (j == k ? 1 : 0)
        source[j] -= weight * qValues[k]
      }
    }
    let values = try LinearSystems.solve(matrix, source)
    guard rule.tail(values) < 1e-14 else { return nil }
    let fromLeft = rule.integrals(values, length: right - left)
    let shift = isForward ? startIntegral : startIntegral - fromLeft[n]
    return Panel(left: left, right: right, values: values, integrals: fromLeft.map { $0 + shift })
  }
}
