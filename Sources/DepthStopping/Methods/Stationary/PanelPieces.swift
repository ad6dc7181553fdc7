import DepthNumerics

/// A function on a continuation interval as panels of Chebyshev series: V, or `E tau`.
struct PanelPieces: Sendable {
  struct Piece: Sendable {
    let lower: Double
    let upper: Double
    /// Coefficients of the value, of its derivative and of its second derivative, as in `ContinuationPanel`.
    let series: [Double]
    /// Size of the terms that were added: rounding is relative to it.
    let size: Double

    func local(_ x: Double) -> Double { max(-1, min(1, ((x - lower) - (upper - x)) / (upper - lower))) }

    /// Value, derivative and second derivative at t in [-1, 1].
    func jet(at t: Double) -> SIMD3<Double> {
      series.withUnsafeBufferPointer { buffer in
        let p = buffer.baseAddress!
        let (n, m) = (ContinuationPanel.valueCount, ContinuationPanel.slopeCount)
        return SIMD3(
          SpectralIntegration.evaluate(p, count: n, at: t), SpectralIntegration.evaluate(p + n, count: m, at: t),
          SpectralIntegration.evaluate(p + n + m, count: ContinuationPanel.nodes, at: t))
      }
    }
  }

  /// Ascending, end to end; the first and last may reach beyond the interval.
  let pieces: [Piece]

  init(pieces: [Piece]) { self.pieces = pieces }

  /// Value, derivative, second derivative; x within the pieces.
  func jet(_ x: Double) -> SIMD3<Double> {
    let piece = pieces[index(x)]
    return piece.jet(at: piece.local(x))
  }

  func index(_ x: Double) -> Int {
    var (low, high) = (0, pieces.count - 1)
    while low < high {
      let center = (low + high) / 2
      if x > pieces[center].upper { low = center + 1 } else { high = center }
    }
    return low
  }

  /// The solution of a chain's equation between two ends: swept down from the upper one, then up from the lower.
  init(
    _ interval: ContinuationInterval, source: Int = ContinuationPanel.source, boundaryValue: ((Double) -> Double)? = nil
  ) {
    let value = boundaryValue ?? { interval.inequality.loss.value(0, $0) }
    let chain = interval.chain
    if let march = chain.march {
      pieces = Self.marched(interval, isFromBelow: march.isFromBelow, source, value)
      return
    }
    let bottom: Double =
      switch interval.lower {
      case .free(_, _, let panel): chain[panel].lower
      case .domain: chain[chain.indices.first!].lower
      }
    let lines = interval.march(
      from: interval.upper, isUpper: true, to: bottom, source: source, boundaryValue: boundaryValue
    ).lines
    var pieces: [Piece] = []
    var known = 0.0
    for (index, line) in lines.enumerated().reversed() {
      let panel = line.panel
      let parameters: SIMD2<Double>
      if !pieces.isEmpty {
        parameters = line.member(value: known, atUpper: false)
      } else if case .free(let x, _, _) = interval.lower {
        parameters = line.member(value: value(x), at: panel.local(x)).parameters
      } else if panel.kind == .fromBelow {
        // the end's family meets what the panels above say of V, or what the free end in this very panel does
        parameters =
          index > 0 ? line.member(relation: lines[index - 1].relation(atUpper: false), atUpper: true) : line.base
      } else {
        parameters = line.member(
          relation: interval.outerRelation(isUpper: false, source: source, value), atUpper: false)
      }
      let piece = Self.combine(panel, source, parameters, interval.inequality)
      pieces.append(piece)
      let ends = (panel.ends[source][2], panel.ends[1][2], panel.ends[2][2])
      known = ends.0 + parameters[0] * ends.1 + parameters[1] * ends.2
    }
    self.pieces = pieces
  }

  /// Of a chain that carries one family on: from the value at the free end back to where the march started.
  private static func marched(
    _ interval: ContinuationInterval, isFromBelow: Bool, _ source: Int, _ value: (Double) -> Double
  ) -> [Piece] {
    let end = isFromBelow ? interval.upper : interval.lower
    guard case .free(let x, _, var index) = end else { preconditionFailure("a march between two ends of the domain") }
    var pieces: [Piece] = []
    var known: Double?
    while interval.chain.indices.contains(index) {
      let panel = interval.chain[index]
      let line = PanelLine(carrying: panel, source: source)
      let parameters =
        known.map { line.member(value: $0, atUpper: isFromBelow) }
        ?? line.member(value: value(x), at: panel.local(x)).parameters
      pieces.append(combine(panel, source, parameters, interval.inequality))
      // H1 = 1 and S = 0 at the panel's starting end
      known = parameters[0]
      index += isFromBelow ? -1 : 1
    }
    return isFromBelow ? pieces.reversed() : pieces
  }

  /// The member with the given parameters: V'' is combined and integrated anew, so that the three series belong together to
  /// rounding of their own size and not of the solutions that cancel in them.
  private static func combine(
    _ panel: ContinuationPanel, _ source: Int, _ parameters: SIMD2<Double>, _ inequality: VariationalInequality
  ) -> Piece {
    let (n, m, stride) = (ContinuationPanel.valueCount, ContinuationPanel.slopeCount, ContinuationPanel.stride)
    let start =
      panel.ends[source] + parameters[0] * panel.ends[ContinuationPanel.first] + parameters[1]
      * panel.ends[ContinuationPanel.second]
    let isReflected =
      panel.kind == .fromBelow && panel.lower == inequality.lower && inequality.lowerEnd == .reflecting
    let half = panel.half
    let series = panel.storage.withUnsafeBufferPointer { buffer -> [Double] in
      let p = buffer.baseAddress!
      return [Double](unsafeUninitializedCapacity: stride) { result, count in
        let value = result.baseAddress!
        let (slope, bend) = (value + n, value + n + m)
        for k in (n + m)..<stride {
          value[k] = p[source * stride + k] + parameters[0] * p[stride + k] + parameters[1] * p[2 * stride + k]
        }
        SpectralIntegration.integrate(bend, count: ContinuationPanel.nodes, into: slope)
        for k in 0..<m { slope[k] *= half }
        slope[0] += isReflected ? 0 : start[1]
        SpectralIntegration.integrate(slope, count: m, into: value)
        for k in 0..<n { value[k] *= half }
        value[0] += start[0]
        count = stride
      }
    }
    return Piece(
      lower: panel.lower, upper: panel.upper, series: series,
      size: abs(parameters[0]) + abs(parameters[1]) + abs(panel.storage[source * stride]))
  }
}
