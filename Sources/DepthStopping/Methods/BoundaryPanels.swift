/// A boundary as Chebyshev series in `sqrt(T - t)`, panel by panel.
public struct BoundaryPanels: Equatable, Sendable {
  public struct Panel: Equatable, Sendable {
    /// Roots of the depth to go between which the panel lives.
    public let first: Double
    public let last: Double
    public let coefficients: [Double]
  }

  /// Ascending, end to end.
  public let panels: [Panel]
  public let horizon: Double
  /// Added to the series.
  public let origin: Double
  /// The boundary at the horizon, interpolated from there to the first panel.
  public let start: Double

  /// b at a depth.
  public func state(at depth: Double) -> Double {
    let s = max(0, horizon - depth).squareRoot()
    guard let first = panels.first else { return start }
    if s < first.first {
      let there = origin + SpaceTimePanel.clenshaw(first.coefficients, -1)
      return start + (there - start) * (s / first.first)
    }
    let panel = panels.first { s <= $0.last } ?? panels[panels.count - 1]
    let t = ((s - panel.first) - (panel.last - s)) / (panel.last - panel.first)
    return origin + SpaceTimePanel.clenshaw(panel.coefficients, max(-1, min(1, t)))
  }
}
