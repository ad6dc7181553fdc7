import DepthNumerics
import DepthRuns

/// How to simulate: how many paths by which scheme in how many steps, and what to keep.
///
/// Equal steps, `blocks` over the interval. Path p is a pure function of (seed, p): more paths, other threads or further
/// depths to save at do not change it. Moments are merged online; paths are kept only where asked for. Work
/// O(paths x blocks) steps, half as much again for the estimate of the time-discretisation error.
public struct EnsembleSimulation: Sendable {
  /// N.
  public let paths: Int
  /// L.
  public let blocks: Int
  public let method: any StochasticMethod
  public let seed: UInt64
  public let threads: Int
  /// The first so many paths keep their states at the saved depths.
  public let keptPaths: Int
  /// Whether the same Brownian paths are walked with half the steps too.
  public let estimatesStepError: Bool

  /// - Throws: `InputError.usage` for counts out of range.
  public init(
    paths: Int, blocks: Int, method: any StochasticMethod = EulerMaruyama(), seed: UInt64 = 0, threads: Int = 1,
    keptPaths: Int = 0, estimatesStepError: Bool = true
  ) throws {
    guard paths > 0, paths <= 1_000_000_000_000 else {
      throw InputError.value(paths, of: "paths", allowed: "1 to 1000000000000")
    }
    guard threads > 0 else { throw InputError.value(threads, of: "threads", allowed: "positive integers") }
    precondition(keptPaths >= 0 && keptPaths <= paths, "\(keptPaths) of \(paths) paths kept")
    self.paths = paths
    self.blocks = blocks
    self.method = method
    self.seed = seed
    self.threads = threads
    self.keptPaths = keptPaths
    self.estimatesStepError = estimatesStepError
  }

  /// Numbers that one simulation may hold: 1 GiB for paths kept, and as much for moments.
  static let largestCount = 1 << 27

  /// Simulates the ensemble; `depths`, ascending, are where moments (and kept paths) are taken.
  ///
  /// Depths off the steps' ends are reached by a side step of their own and change no path, but for an exact law, which
  /// is drawn from one depth to the next. The covariance of components is
  /// kept up to dimension 32, while all of them together have at most 2^18 entries.
  /// - Throws: `InputError.usage` where the method does not apply, a step would cross a jump, depths are not ascending or
  ///   memory would not hold the result; `IntegrationError` for a path that leaves the finite numbers;
  ///   `SimulationInterrupted` when `shouldStop` says so.
  public func run<Law: Diffusion>(
    _ problem: DiffusionProblem<Law>, saving depths: [Double],
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in },
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) throws -> Ensemble {
    let d = problem.diffusion.dimension
    let (halves, hasCovariance) = (halvesSteps(problem), hasCovariance(d, depths.count))
    let walk = try plan(problem, saving: depths)
    let size = BrownianWalk<Law>.groupSize(problem.diffusion)
    var total = EnsemblePart(
      depthCount: depths.count, dimension: d, isCompared: halves, hasCovariance: hasCovariance)
    let kept = keptPaths
    var states = [Double](repeating: 0, count: kept * depths.count * d)
    try states.withUnsafeMutableBufferPointer { states in
      let target = SendablePointer(states.baseAddress)
      try PathGroups(pathCount: paths, groupSize: size, threads: threads).run(
        progress: progress,
        body: { paths in
          var part = EnsemblePart(
            depthCount: depths.count, dimension: d, isCompared: halves, hasCovariance: hasCovariance)
          part.confined = try walk.run(paths: paths, shouldStop: shouldStop) { saved, outputs in
            part.take(saved, outputs, count: paths.count)
            guard let target = target.pointer, paths.lowerBound < kept else { return }
            for row in 0..<min(paths.count, kept - paths.lowerBound) {
              let place = ((paths.lowerBound + row) * depths.count + saved) * d
              (target + place).update(from: outputs[0] + row * d, count: d)
            }
          }
          return part
        }, merge: { total.merge($0) })
    }
    return Ensemble(
      simulation: self, dimension: d, depths: depths, part: total, paths: states,
      exact: depths.map { problem.start == 0 ? problem.diffusion.moments(at: $0, from: problem.initialState) : nil })
  }

  /// Refuses what `run` would refuse, without simulating anything.
  ///
  /// - Throws: `InputError.usage`.
  public func validate<Law: Diffusion>(_ problem: DiffusionProblem<Law>, saving depths: [Double]) throws {
    _ = try plan(problem, saving: depths)
  }

  private func plan<Law: Diffusion>(
    _ problem: DiffusionProblem<Law>, saving depths: [Double]
  ) throws -> BrownianWalk<Law> {
    let (d, halves) = (problem.diffusion.dimension, halvesSteps(problem))
    try requireMemory(
      d, depths.count, schemes: halves ? 3 : 1, hasCovariance: hasCovariance(d, depths.count))
    var schemes = [BrownianWalk<Law>.Scheme(method: method, stride: 1)]
    if halves { schemes.append(.init(method: method, stride: 2)) }
    return try BrownianWalk(problem, schemes: schemes, blocks: blocks, saving: depths, seed: seed)
  }

  /// Half the steps say something only if there are two, the method errs and no step would cross a jump.
  private func halvesSteps<Law: Diffusion>(_ problem: DiffusionProblem<Law>) -> Bool {
    estimatesStepError && blocks >= 2 && method.weakOrder.isFinite
      && BrownianWalk.jumpInsideStep(problem, blocks: blocks, stride: 2) == nil
  }

  private func hasCovariance(_ d: Int, _ depthCount: Int) -> Bool { d <= 32 && depthCount * d * d <= 1 << 18 }

  /// Of so many numbers.
  private static func memory(_ count: Double) -> String { "\((count / Double(1 << 27) * 100).rounded() / 100) GiB" }

  private func requireMemory(_ d: Int, _ depthCount: Int, schemes: Int, hasCovariance: Bool) throws {
    func product(_ factors: Int...) -> Double { factors.reduce(1) { $0 * Double($1) } }
    let kept = product(keptPaths, depthCount, d)
    guard kept <= Double(Self.largestCount) else {
      throw InputError.usage(
        "\(keptPaths) paths of dimension \(d) kept at \(depthCount) depths take \(Self.memory(kept)); allowed: up to \(Self.memory(Double(Self.largestCount))); keep fewer paths (--keep-paths) or depths"
      )
    }
    let parts = PathGroups.perRound(threads: threads) + 1
    let moments = product(parts, schemes, depthCount, d + (hasCovariance ? d * d : d))
    guard moments <= Double(Self.largestCount) else {
      throw InputError.usage(
        "moments of dimension \(d) at \(depthCount) depths on \(threads) threads take \(Self.memory(moments)); allowed: up to \(Self.memory(Double(Self.largestCount))); take fewer depths or threads"
      )
    }
  }
}

/// What one group of paths found, and their sum.
struct EnsemblePart: Sendable {
  let isCompared: Bool
  /// Of the scheme itself, one a saved depth.
  var moments: [RunningMoments]
  /// Of the scheme with half the steps, and of its difference from the first on the same paths; empty without.
  var halved: [RunningMoments]
  var differences: [RunningMoments]
  var confined = 0

  init(depthCount: Int, dimension: Int, isCompared: Bool, hasCovariance: Bool) {
    self.isCompared = isCompared
    moments = (0..<depthCount).map { _ in RunningMoments(dimension: dimension, hasCovariance: hasCovariance) }
    let variances = (0..<(isCompared ? depthCount : 0)).map { _ in
      RunningMoments(dimension: dimension, hasCovariance: false)
    }
    (halved, differences) = (variances, variances)
  }

  /// The states of `count` paths at a saved depth, one buffer a scheme.
  mutating func take(_ saved: Int, _ outputs: [UnsafePointer<Double>], count: Int) {
    let (d, hasCovariance) = (moments[saved].dimension, moments[saved].hasCovariance)
    moments[saved] = RunningMoments(rows: outputs[0], count: count, dimension: d, hasCovariance: hasCovariance)
    guard isCompared else { return }
    halved[saved] = RunningMoments(rows: outputs[1], count: count, dimension: d, hasCovariance: false)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: count * d) { buffer in
      guard let difference = buffer.baseAddress else { return }
      for i in 0..<(count * d) { difference[i] = outputs[1][i] - outputs[0][i] }
      differences[saved] = RunningMoments(rows: difference, count: count, dimension: d, hasCovariance: false)
    }
  }

  mutating func merge(_ other: EnsemblePart) {
    for i in moments.indices { moments[i].merge(other.moments[i]) }
    for i in halved.indices { halved[i].merge(other.halved[i]) }
    for i in differences.indices { differences[i].merge(other.differences[i]) }
    confined += other.confined
  }
}
