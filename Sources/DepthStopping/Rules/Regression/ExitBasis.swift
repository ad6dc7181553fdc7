import DepthNumerics

/// Columns in which a conditional expectation given the past of a sample is sought, the same at every exit.
///
/// With z standardised over all samples and exits and clipped to [-4, 4]: a constant; the leading feature (`log_odds`, else the
/// first) with hinges `(z - q)^+` at its septiles; then the other features and all squares; then `PathHistory`. Features
/// that do not vary drop out.
struct ExitBasis: Sendable {
  /// How many of the columns are used; each level contains the one before.
  enum Level: Int, CaseIterable, Sendable {
    case constant, leading, features, history

    var name: String {
      switch self {
      case .constant: "constant"
      case .leading: "leading feature"
      case .features: "features"
      case .history: "features and history"
      }
    }
  }

  private struct Scaled: Sendable {
    let index: Int
    let center: Double
    let scale: Double
  }

  /// The leading one first.
  private let features: [Scaled]
  private let knots: [Double]
  private let past: [Scaled]

  private static let knotCount = 6
  private static let clip = 4.0

  init(fitting paths: StoppingPaths, history: PathHistory) {
    let (n, exits) = (paths.sampleCount, paths.exitCount)
    let leading = paths.featureNames.firstIndex(of: "log_odds") ?? 0
    let order = [leading] + (0..<paths.featureCount).filter { $0 != leading }
    features = order.compactMap {
      $0 < paths.featureCount ? Self.scaled(paths.features, n, exits, paths.featureCount, $0) : nil
    }
    past = (0..<history.width).compactMap { Self.scaled(history.values, n, exits, history.width, $0) }
    guard let first = features.first else {
      knots = []
      return
    }
    var pooled: [Double] = []
    pooled.reserveCapacity(n * (exits - 1))
    paths.features.withUnsafeBufferPointer { values in
      guard let base = values.baseAddress else { return }
      for sample in 0..<n {
        for exit in 0..<(exits - 1) {
          pooled.append(Self.value(base + (sample * exits + exit) * paths.featureCount, first))
        }
      }
    }
    pooled.sort()
    var knots: [Double] = []
    for step in 1...Self.knotCount {
      let knot = Statistics.quantile(sorted: pooled, Double(step) / Double(Self.knotCount + 1))
      if knot > (knots.last ?? pooled[0]) { knots.append(knot) }
    }
    self.knots = knots
  }

  func width(_ level: Level) -> Int {
    let leading = features.isEmpty ? 1 : 2 + knots.count
    return switch level {
    case .constant: 1
    case .leading: leading
    case .features: leading + max(0, 2 * features.count - 1)
    case .history: leading + max(0, 2 * features.count - 1) + past.count
    }
  }

  /// Rows of all samples at one exit, n x width(level); `history` may be nil below `.history`.
  func columns(_ paths: StoppingPaths, _ history: PathHistory?, exit: Int, level: Level) -> [Double] {
    let (n, exits, m, width) = (paths.sampleCount, paths.exitCount, paths.featureCount, width(level))
    var result = [Double](repeating: 1, count: n * width)
    guard level != .constant, !features.isEmpty || !past.isEmpty else { return result }
    result.withUnsafeMutableBufferPointer { result in
      paths.features.withUnsafeBufferPointer { values in
        (history?.values ?? []).withUnsafeBufferPointer { before in
          guard let rows = result.baseAddress else { return }
          for sample in 0..<n {
            let cell = sample * exits + exit
            write(
              values.baseAddress.map { $0 + cell * m } ?? UnsafePointer(rows),
              history: before.baseAddress.map { $0 + cell * (history?.width ?? 0) } ?? UnsafePointer(rows),
              level: level, into: rows + sample * width)
          }
        }
      }
    }
    return result
  }

  /// One sample's columns, width(level) numbers, from its features and, at `.history`, its past.
  func write(
    _ z: UnsafePointer<Double>, history: UnsafePointer<Double>, level: Level, into row: UnsafeMutablePointer<Double>
  ) {
    row[0] = 1
    guard level != .constant else { return }
    var column = 1
    func put(_ value: Double) {
      row[column] = value
      column += 1
    }
    if let first = features.first {
      let leading = Self.value(z, first)
      put(leading)
      for knot in knots { put(leading > knot ? leading - knot : 0) }
    }
    guard level != .leading else { return }
    for (place, feature) in features.enumerated() {
      let value = Self.value(z, feature)
      if place > 0 { put(value) }
      put(value * value)
    }
    guard level == .history else { return }
    for feature in past { put(Self.value(history, feature)) }
  }

  /// What the columns of a level are made of.
  func inputs(_ level: Level, history: PathHistory.Layout) -> RuleInputs {
    switch level {
    case .constant: return .none
    case .leading: return RuleInputs(features: Set(features.prefix(1).map(\.index)))
    case .features: return RuleInputs(features: Set(features.map(\.index)))
    case .history:
      let before = past.map(\.index)
      return RuleInputs(
        features: Set(features.map(\.index) + before.filter { $0 < history.featureCount }),
        logits: before.contains { $0 >= history.featureCount })
    }
  }

  private static func value(_ row: UnsafePointer<Double>, _ feature: Scaled) -> Double {
    let z = (row[feature.index] - feature.center) / feature.scale
    return z < -clip ? -clip : z > clip ? clip : z
  }

  /// Mean and deviation over all samples and the exits where one decides; nil for a column that does not vary.
  private static func scaled(_ values: [Double], _ n: Int, _ exits: Int, _ width: Int, _ index: Int) -> Scaled? {
    let count = Double(n * (exits - 1))
    guard count > 1 else { return nil }
    func sum(_ term: (Double) -> Double) -> Double {
      var total = 0.0
      for sample in 0..<n {
        for exit in 0..<(exits - 1) { total += term(values[(sample * exits + exit) * width + index]) }
      }
      return total
    }
    let center = sum { $0 } / count
    let deviation = (sum { ($0 - center) * ($0 - center) } / count).squareRoot()
    guard deviation.isFinite, deviation > 1e-9 * abs(center), deviation > 1e-150 else { return nil }
    return Scaled(index: index, center: center, scale: deviation)
  }
}
