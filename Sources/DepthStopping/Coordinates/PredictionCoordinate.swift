import DepthNumerics
public import DepthRuns

/// One or two numbers, known at exit k from what a sample has shown, in which its halting is predicted.
///
/// A coordinate that forgets a sample's difficulty and is treated as Markov redraws it at every block; those made of regressions
/// or filters remember. On the samples that were fitted on, values are out of fold.
public struct PredictionCoordinate: Sendable {
  /// What the numbers are.
  public enum Kind: Equatable, Sendable {
    /// A recorded feature.
    case feature(Int)
    /// `g_k = E[loss_k | F_k]`.
    case predictedLoss
    /// `m_k = E[loss_L | F_k]`, a martingale.
    case tower
    /// The value of continuing minus g_k, and g_k: the two sides of Bellman's equation.
    case lossAndContinuation
    /// A feature and m_k.
    case featureAndTower(Int)
    /// A feature and the log-odds of a hidden class of difficulty, filtered.
    case featureAndDifficulty(Int)
  }

  public let name: String
  public let kind: Kind
  /// On the samples that were fitted on, out of fold.
  public let fitted: CoordinateValues
  private let regression: ValueRegression?
  private let filter: DifficultyFilter?

  /// Every kind that these paths allow, the feature alone first.
  ///
  /// - Throws: `InputError.usage` for an unknown feature.
  public static func all(
    fitting paths: StoppingPaths, feature: String, regression: ValueRegression, threads: Int = 1
  ) throws -> [PredictionCoordinate] {
    let index = try paths.featureIndex(feature)
    let kinds: [(Kind, String)] = [
      (.feature(index), feature), (.predictedLoss, "predicted-loss"), (.tower, "tower"),
      (.lossAndContinuation, "loss-and-continuation"), (.featureAndTower(index), "\(feature)-and-tower"),
      (.featureAndDifficulty(index), "\(feature)-and-difficulty"),
    ]
    return Parallel.map(kinds.count, threads: threads) {
      PredictionCoordinate(kinds[$0].0, name: kinds[$0].1, paths, regression)
    }
  }

  /// A recorded feature alone.
  ///
  /// - Throws: `InputError.usage` for an unknown feature.
  public init(feature: String, of paths: StoppingPaths) throws {
    let index = try paths.featureIndex(feature)
    (kind, name, regression, filter) = (.feature(index), feature, nil, nil)
    fitted = Self.values(.feature(index), paths, nil)
  }

  init(_ kind: Kind, name: String, _ paths: StoppingPaths, _ regression: ValueRegression) {
    self.kind = kind
    self.name = name
    self.regression = Self.readsRegression(kind) ? regression : nil
    guard case .featureAndDifficulty(let feature) = kind else {
      filter = nil
      fitted = Self.values(kind, paths, regression.outOfFold)
      return
    }
    let (n, blocks) = (paths.sampleCount, paths.blockCount)
    let folds = SampleFolds(paths, count: ExitRegression.foldCount)
    filter = DifficultyFilter(paths, feature: feature, members: Array(0..<n))
    var flat = [Double](repeating: 0, count: n * blocks * 2)
    for (fold, members) in folds.members.enumerated() {
      let own = DifficultyFilter(paths, feature: feature, members: folds.others(than: fold))
      Self.filter(own, paths, members, into: &flat)
    }
    FoldAlignment.align(&flat, folds, blocks: blocks, width: 2, component: 1)
    fitted = CoordinateValues(sampleCount: n, blockCount: blocks, dimension: 2, flat: flat)
  }

  /// Whether one number tells the state, so that a boundary can be drawn.
  public var isScalar: Bool { fitted.dimension == 1 }
  /// Whether its first number is a martingale.
  public var isMartingale: Bool { kind == .tower }

  /// The coordinate on other paths, by what was fitted.
  ///
  /// - Parameter predicted: of these paths, where they are known already.
  public func values(_ paths: StoppingPaths, predicted: ValueRegression.Values? = nil) -> CoordinateValues {
    if let regression { return Self.values(kind, paths, predicted ?? regression.values(paths)) }
    guard let filter else { return Self.values(kind, paths, nil) }
    var flat = [Double](repeating: 0, count: paths.sampleCount * paths.blockCount * 2)
    Self.filter(filter, paths, Array(0..<paths.sampleCount), into: &flat)
    return CoordinateValues(sampleCount: paths.sampleCount, blockCount: paths.blockCount, dimension: 2, flat: flat)
  }

  private static func readsRegression(_ kind: Kind) -> Bool {
    switch kind {
    case .feature, .featureAndDifficulty: false
    case .predictedLoss, .tower, .lossAndContinuation, .featureAndTower: true
    }
  }

  private static func values(
    _ kind: Kind, _ paths: StoppingPaths, _ predicted: ValueRegression.Values?
  ) -> CoordinateValues {
    let (n, blocks, exits, m) = (paths.sampleCount, paths.blockCount, paths.exitCount, paths.featureCount)
    let d = dimension(kind)
    var flat = [Double](repeating: 0, count: n * blocks * d)
    (predicted?.flat ?? []).withUnsafeBufferPointer { predicted in
      paths.features.withUnsafeBufferPointer { features in
        flat.withUnsafeMutableBufferPointer { flat in
          guard let out = flat.baseAddress else { return }
          for sample in 0..<n {
            for exit in 0..<blocks {
              let cell = sample * blocks + exit
              write(
                kind, features.baseAddress.map { $0 + (sample * exits + exit) * m } ?? UnsafePointer(out),
                predicted.baseAddress.map { $0 + cell * ValueRegression.targets } ?? UnsafePointer(out),
                into: out + cell * d)
            }
          }
        }
      }
    }
    return CoordinateValues(sampleCount: n, blockCount: blocks, dimension: d, flat: flat)
  }

  private static func dimension(_ kind: Kind) -> Int {
    switch kind {
    case .feature, .predictedLoss, .tower: 1
    case .lossAndContinuation, .featureAndTower, .featureAndDifficulty: 2
    }
  }

  /// One sample's numbers from its features and m, u, q; a filter's second number is not written.
  private static func write(
    _ kind: Kind, _ features: UnsafePointer<Double>, _ predicted: UnsafePointer<Double>,
    into out: UnsafeMutablePointer<Double>
  ) {
    switch kind {
    case .feature(let index), .featureAndDifficulty(let index): out[0] = features[index]
    case .predictedLoss: out[0] = predicted[0] + predicted[1]
    case .tower: out[0] = predicted[0]
    case .lossAndContinuation: (out[0], out[1]) = (predicted[2] - predicted[1], predicted[0] + predicted[1])
    case .featureAndTower(let index): (out[0], out[1]) = (features[index], predicted[0])
    }
  }

  private static func filter(
    _ filter: DifficultyFilter, _ paths: StoppingPaths, _ samples: [Int], into flat: inout [Double]
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: DifficultyFilter.memoryCount) { memory in
      guard let base = memory.baseAddress else { return }
      for sample in samples {
        memory.initialize(repeating: 0)
        for exit in 0..<paths.blockCount {
          let place = 2 * (sample * paths.blockCount + exit)
          flat[place] = paths.feature(sample, exit, filter.feature)
          flat[place + 1] = filter.advance(at: exit, flat[place], memory: base)
        }
      }
    }
  }
}

/// The coordinate while a network runs.
extension PredictionCoordinate {
  var inputs: RuleInputs {
    var (features, logits) = (Set<Int>(), false)
    switch kind {
    case .feature(let index), .featureAndTower(let index), .featureAndDifficulty(let index): features = [index]
    case .predictedLoss, .tower, .lossAndContinuation: break
    }
    if let own = regression?.predictor.inputs {
      features.formUnion(own.features)
      logits = own.logits
    }
    return RuleInputs(features: features, logits: logits)
  }

  var memoryCount: Int { regression?.predictor.memoryCount ?? (filter == nil ? 0 : DifficultyFilter.memoryCount) }
  var scratchCount: Int { (regression?.predictor.scratchCount ?? 0) + 2 }

  /// The numbers of one sample at one exit, the exits in their order.
  func read(
    at exit: Int, _ features: UnsafePointer<Double>, _ logits: UnsafePointer<Double>,
    memory: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Double>
  ) -> (x: Double, y: Double) {
    if let filter {
      let value = features[filter.feature]
      return (value, filter.advance(at: exit, value, memory: memory))
    }
    var predicted = UnsafePointer(scratch)
    if let predictor = regression?.predictor {
      predicted = predictor.predict(at: exit, features, logits, memory: memory, scratch: scratch + 2)
    }
    Self.write(kind, features, predicted, into: scratch)
    return (scratch[0], scratch[1])
  }
}

/// `theory-boundary`: stops in given cells of a coordinate, exit by exit; the last exit always stops.
public struct CoordinateRule: OnlineRule {
  public let name: String
  public let coordinate: PredictionCoordinate
  public let cells: CoordinateCells
  /// Per exit below the last and cell.
  public let stops: [[Bool]]

  public init(
    _ coordinate: PredictionCoordinate, cells: CoordinateCells, stops: [[Bool]], name: String = "theory-boundary"
  ) {
    precondition(stops.count >= cells.blockCount, "\(stops.count) exits of \(cells.blockCount)")
    (self.coordinate, self.cells, self.stops, self.name) = (coordinate, cells, stops, name)
  }

  public var reading: ExitReading { inputs.logits || inputs.features.count > 1 ? .everything : .heads }
  public var parameters: [String: JSONValue] { ["coordinate": .string(coordinate.name)] }
  public var inputs: RuleInputs { coordinate.inputs }
  public var memoryCount: Int { coordinate.memoryCount }
  public var scratchCount: Int { coordinate.scratchCount }

  public func decide(_ shown: ExitObservation, into stops: UnsafeMutablePointer<Bool>) {
    let exit = shown.exit
    shown.decide(into: stops) { features, logits, memory in
      let (x, y) = coordinate.read(at: exit, features, logits, memory: memory, scratch: shown.scratch)
      return self.stops[exit][cells.cell(exit, x, y)]
    }
  }

  /// tau of samples whose coordinate is known already.
  public func stoppingDepths(_ values: CoordinateValues) -> [Int] {
    let own = cells.cells(values)
    let (n, blocks) = (values.sampleCount, values.blockCount)
    return (0..<n).map { sample in
      (0..<blocks).first { stops[$0][Int(own[$0 * n + sample])] } ?? blocks
    }
  }
}
