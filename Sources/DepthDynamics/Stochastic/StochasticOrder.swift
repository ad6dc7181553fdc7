import DepthNumerics
public import DepthRuns

/// Strong and weak order of a scheme by refinement on the same Brownian paths.
///
/// Networks of L, 2 L, 4 L, ... blocks walk the same paths of W. Where the solution is known as a function of W
/// (`transitionExactness == .pathwise`) errors are taken against it, otherwise each network is compared with the next finer
/// one, which shows the same orders. Strong error `(E |X_L - X|^2)^(1/2)`; weak error `E |X_L|^2 - E |X|^2`, from
/// differences on the same path. Orders are slopes against the step with the standard error that the paths' scatter gives.
public struct StochasticOrder: Equatable, Sendable {
  /// L of each error, ascending.
  public let blocks: [Int]
  /// The depth that one block spans.
  public let blockSizes: [Double]
  public let strongErrors: [Double]
  public let strongStandardErrors: [Double]
  /// Signed.
  public let weakErrors: [Double]
  public let weakStandardErrors: [Double]
  /// nil where the scheme is exact: an error is zero.
  public let strongOrder: PowerLawFit?
  /// nil where a weak error is within two standard errors of zero: the paths do not suffice to see it.
  public let weakOrder: PowerLawFit?
  /// Whether errors are against the exact solution, or between successive refinements.
  public let isAgainstExact: Bool

  /// - Parameters:
  ///   - coarsest: L of the coarsest network.
  ///   - refinements: how many times it is doubled, at least 2.
  /// - Throws: as `EnsembleSimulation.run`.
  public init<Law: Diffusion>(
    _ problem: DiffusionProblem<Law>, method: any StochasticMethod, coarsest: Int, refinements: Int, paths: Int,
    seed: UInt64 = 0, threads: Int = 1, shouldStop: @escaping @Sendable () -> Bool = { false }
  ) throws {
    guard refinements >= 2, refinements <= 20 else {
      throw InputError.value(refinements, of: "refinements", allowed: "2 to 20")
    }
    guard coarsest > 0, coarsest <= 1_000_000_000 >> refinements else {
      throw InputError.value(coarsest, of: "blocks", allowed: "1 to \(1_000_000_000 >> refinements)")
    }
    guard paths >= 2, paths <= 1_000_000_000_000 else {
      throw InputError.value(paths, of: "paths", allowed: "2 to 1000000000000")
    }
    let isAgainstExact = problem.diffusion.transitionExactness == .pathwise
    let moments = try Self.errors(
      problem, method: method, finest: coarsest << refinements, refinements: refinements, paths: paths, seed: seed,
      threads: threads, isAgainstExact: isAgainstExact, shouldStop: shouldStop)
    let count = moments.strong.dimension
    self.isAgainstExact = isAgainstExact
    blocks = (0..<count).map { coarsest << $0 }
    let sizes = blocks.map { (problem.end - problem.start) / Double($0) }
    blockSizes = sizes
    let squares = moments.strong.mean
    strongErrors = squares.map { $0.squareRoot() }
    strongStandardErrors = zip(moments.strong.standardError, squares).map { $1 > 0 ? $0 / (2 * $1.squareRoot()) : 0 }
    weakErrors = moments.weak.mean
    weakStandardErrors = moments.weak.standardError
    let n = Double(paths)
    strongOrder =
      squares.allSatisfy { $0 > 0 }
      ? PowerLawFit(
        x: sizes, y: strongErrors, covariance: Self.ofRoots(moments.strong.covariance ?? [], squares, n)) : nil
    let isSeen = zip(moments.weak.mean, moments.weak.standardError).allSatisfy { abs($0) > 2 * $1 }
    weakOrder =
      isSeen
      ? PowerLawFit(
        x: sizes, y: moments.weak.mean.map { abs($0) },
        covariance: Self.signed(moments.weak.covariance ?? [], moments.weak.mean, n)) : nil
  }

  /// Covariance of the roots of means, from that of the samples: `Cov / (4 n root_i root_j)`.
  private static func ofRoots(_ covariance: [Double], _ squares: [Double], _ n: Double) -> [Double] {
    let count = squares.count
    return covariance.indices.map { index in
      covariance[index] / (4 * n * (squares[index / count] * squares[index % count]).squareRoot())
    }
  }

  /// Covariance of the magnitudes of means.
  private static func signed(_ covariance: [Double], _ means: [Double], _ n: Double) -> [Double] {
    let count = means.count
    return covariance.indices.map { index in
      covariance[index] / n * ((means[index / count] < 0) == (means[index % count] < 0) ? 1 : -1)
    }
  }

  private struct Moments: Sendable {
    var strong: RunningMoments
    var weak: RunningMoments
  }

  /// Per path and error: the squared distance of the two states, and the difference of their squared norms.
  private static func errors<Law: Diffusion>(
    _ problem: DiffusionProblem<Law>, method: any StochasticMethod, finest: Int, refinements: Int, paths: Int,
    seed: UInt64, threads: Int, isAgainstExact: Bool, shouldStop: @escaping @Sendable () -> Bool
  ) throws -> Moments {
    // coarse to fine, then the reference
    var schemes = (0...refinements).reversed().map {
      BrownianWalk<Law>.Scheme(method: method, stride: 1 << $0)
    }
    if isAgainstExact { schemes.append(.init(method: ExactTransition(), stride: finest)) }
    let walk = try BrownianWalk(problem, schemes: schemes, blocks: finest, saving: [problem.end], seed: seed)
    let (d, count) = (problem.diffusion.dimension, schemes.count - 1)
    func nothing() -> RunningMoments { RunningMoments(dimension: count, hasCovariance: true) }
    var total = Moments(strong: nothing(), weak: nothing())
    try PathGroups(
      pathCount: paths, groupSize: BrownianWalk<Law>.groupSize(problem.diffusion), threads: threads
    ).run(
      progress: { _, _ in },
      body: { paths -> Moments in
        var strong = [Double](repeating: 0, count: paths.count * count)
        var weak = strong
        _ = try walk.run(paths: paths, shouldStop: shouldStop) { _, outputs in
          for row in 0..<paths.count {
            for level in 0..<count {
              let (x, y) = (outputs[level] + row * d, outputs[isAgainstExact ? count : level + 1] + row * d)
              for i in 0..<d {
                strong[row * count + level] += (x[i] - y[i]) * (x[i] - y[i])
                weak[row * count + level] += x[i] * x[i] - y[i] * y[i]
              }
            }
          }
        }
        return Moments(
          strong: RunningMoments(rows: strong, count: paths.count, dimension: count, hasCovariance: true),
          weak: RunningMoments(rows: weak, count: paths.count, dimension: count, hasCovariance: true))
      },
      merge: {
        total.strong.merge($0.strong)
        total.weak.merge($0.weak)
      })
    return total
  }

  /// Columns `blocks`, `block_size`, `strong_error`, `weak_error`, each with `_lower` and `_upper` (95 %).
  public var table: Table {
    var table = Table(name: "stochastic-order")
    table.add("blocks", blocks)
    table.add("block_size", blockSizes)
    for (name, errors, deviations) in [
      ("strong_error", strongErrors, strongStandardErrors), ("weak_error", weakErrors, weakStandardErrors),
    ] {
      table.add(name, errors)
      table.add("\(name)_lower", zip(errors, deviations).map { $0 - 1.96 * $1 })
      table.add("\(name)_upper", zip(errors, deviations).map { $0 + 1.96 * $1 })
    }
    return table
  }
}
