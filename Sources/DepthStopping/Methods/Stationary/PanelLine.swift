/// The one-parameter family of a panel's solutions that one condition leaves: `beta = b0 + lambda b1`, `gamma = c0 + lambda c1`.
struct PanelLine: Sendable {
  let panel: ContinuationPanel
  /// Which source: the problem's cost or unit cost.
  let source: Int
  let base: SIMD2<Double>
  let direction: SIMD2<Double>

  /// Solutions that meet `weights . (beta, gamma) = target`.
  init(_ panel: ContinuationPanel, source: Int, weights: SIMD2<Double>, target: Double) {
    self.panel = panel
    self.source = source
    let size = (weights * weights).sum()
    base = weights * (target / size)
    direction = SIMD2(weights[1], -weights[0]) / size.squareRoot()
  }

  /// Solutions that obey a relation at an end of the panel.
  init(_ panel: ContinuationPanel, source: Int, relation: EndRelation, atUpper: Bool) {
    let (v, d) = atUpper ? (2, 3) : (0, 1)
    let (s, h1, h2) = (
      panel.ends[source], panel.ends[ContinuationPanel.first], panel.ends[ContinuationPanel.second]
    )
    self.init(
      panel, source: source,
      weights: SIMD2(relation.p * h1[d] - relation.q * h1[v], relation.p * h2[d] - relation.q * h2[v]),
      target: relation.r - relation.p * s[d] + relation.q * s[v])
  }

  /// The whole family of a panel that carries on from an end of the domain: beta is the parameter.
  init(carrying panel: ContinuationPanel, source: Int) {
    self.panel = panel
    self.source = source
    base = SIMD2()
    direction = SIMD2(1, 0)
  }

  /// What the family says at an end of the panel.
  func relation(atUpper: Bool) -> EndRelation {
    let (v, d) = atUpper ? (2, 3) : (0, 1)
    let (value0, value1) = combine(v)
    let (slope0, slope1) = combine(d)
    return EndRelation(p: value1, q: slope1, r: value1 * slope0 - slope1 * value0).normalized
  }

  /// An end component as `constant + lambda factor`.
  fileprivate func combine(_ component: Int) -> (Double, Double) {
    let (h1, h2) = (panel.ends[ContinuationPanel.first][component], panel.ends[ContinuationPanel.second][component])
    return (
      panel.ends[source][component] + base[0] * h1 + base[1] * h2, direction[0] * h1 + direction[1] * h2
    )
  }

  /// (beta, gamma) of the member with the given value at an end.
  func member(value: Double, atUpper: Bool) -> SIMD2<Double> {
    let (constant, factor) = combine(atUpper ? 2 : 0)
    return base + direction * ((value - constant) / factor)
  }

  /// (beta, gamma) of the member with the given value at t, and its slope there.
  func member(value: Double, at t: Double) -> (parameters: SIMD2<Double>, slope: Double) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 8) { buffer in
      let e = buffer.baseAddress!
      panel.evaluate(at: t, into: e)
      let constant = e[source] + base[0] * e[1] + base[1] * e[2]
      let factor = direction[0] * e[1] + direction[1] * e[2]
      let parameters = base + direction * ((value - constant) / factor)
      return (parameters, e[4 + source] + parameters[0] * e[5] + parameters[1] * e[6])
    }
  }
}

extension PanelLine {
  /// (beta, gamma) of the member that obeys a relation at an end.
  func member(relation: EndRelation, atUpper: Bool) -> SIMD2<Double> {
    let (value0, value1) = combine(atUpper ? 2 : 0)
    let (slope0, slope1) = combine(atUpper ? 3 : 1)
    let lambda = (relation.q * value0 + relation.r - relation.p * slope0) / (relation.p * slope1 - relation.q * value1)
    return base + direction * lambda
  }
}
