import DepthNumerics
public import DepthRuns

/// The distance of random networks of L and 2 L blocks at the critical scaling, on the same weights: how fast their limit
/// is reached.
///
/// Smooth weights, beta = 1: both networks see the same functions of depth, the limit is an ODE and the distance falls as
/// 1/L. Independent weights, beta = 1/2: the coarse `V_k` is `(V_{2k} + V_{2k+1}) / sqrt(2)`, that is both walk on the same
/// Brownian path of weights, the limit is an SDE and the distance falls as L^(-1/2). The inner weights W are then one matrix
/// for all depths: with W drawn anew a block is a random function, and two of them in a row are no block of that kind.
public struct ScalingConvergence: Equatable, Sendable {
  public let weights: RandomResidualNetworks.Weights
  /// L, each twice the one before.
  public let blocks: [Int]
  /// `(E |h_L - h_2L|^2)^(1/2) / |h_0|`.
  public let distances: [Double]
  public let standardErrors: [Double]
  /// Of distance against L: -1/2 for an SDE, -1 for an ODE.
  public let rate: PowerLawFit

  /// - Parameters:
  ///   - coarsest: the least L.
  ///   - doublings: how many times it is doubled, the last network serving as reference only; at least 2.
  ///   - samples: networks (smooth) or paths of weights (independent).
  /// - Throws: `InputError.usage` for counts out of range; `IntegrationError` where states leave the finite numbers;
  ///   `SimulationInterrupted` when `shouldStop` says so.
  public init(
    _ networks: RandomResidualNetworks, coarsest: Int, doublings: Int, samples: Int, threads: Int = 1,
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) throws {
    guard doublings >= 2, coarsest > 0, coarsest <= (1 << 24) >> doublings else {
      throw InputError.usage(
        "\(coarsest) blocks doubled \(doublings) times; allowed: at least 2 doublings, up to \(1 << 24) blocks")
    }
    guard samples >= 2, samples <= 1 << 31 else {
      throw InputError.value(samples, of: "samples", allowed: "2 to \(1 << 31)")
    }
    weights = networks.weights
    blocks = (0..<doublings).map { coarsest << $0 }
    let norm = Double(networks.block.dimension).squareRoot()
    switch networks.weights {
    case .independent:
      let problem = try DiffusionProblem(
        diffusion: RandomBlocksDiffusion(block: networks.block, seed: networks.seed),
        initialState: networks.initialState, end: 1)
      let order = try StochasticOrder(
        problem, method: EulerMaruyama(), coarsest: coarsest, refinements: doublings, paths: samples,
        seed: networks.seed, threads: threads, shouldStop: shouldStop)
      distances = order.strongErrors.map { $0 / norm }
      standardErrors = order.strongStandardErrors.map { $0 / norm }
      guard let fit = order.strongOrder else { throw Self.noDistance }
      // against L instead of the step
      rate = PowerLawFit(exponent: -fit.exponent, scale: fit.scale / norm, standardError: fit.standardError)
    case .smooth:
      let moments = try Self.smoothDistances(networks, blocks, samples, threads, shouldStop)
      let (squares, n, q) = (moments.mean, Double(samples), blocks.count)
      guard squares.allSatisfy({ $0 > 0 && $0.isFinite }) else { throw Self.noDistance }
      distances = squares.map { $0.squareRoot() }
      standardErrors = zip(moments.standardError, squares).map { $0 / (2 * $1.squareRoot()) }
      let covariance = (moments.covariance ?? []).enumerated().map { index, value in
        value / (4 * n * (squares[index / q] * squares[index % q]).squareRoot())
      }
      rate = PowerLawFit(x: blocks.map { Double($0) }, y: squares.map { $0.squareRoot() }, covariance: covariance)
    }
  }

  private static let noDistance = InputError.usage("networks of L and 2 L blocks coincide: there is no rate to measure")

  /// Moments of the squared relative distances over networks.
  private static func smoothDistances(
    _ networks: RandomResidualNetworks, _ blocks: [Int], _ samples: Int, _ threads: Int,
    _ shouldStop: @escaping @Sendable () -> Bool
  ) throws -> RunningMoments {
    let (q, d) = (blocks.count, networks.block.dimension)
    return try networks.moments(samples: samples, dimension: q, threads: threads) { network, row in
      if shouldStop() { throw SimulationInterrupted() }
      let states = (blocks + [2 * blocks[q - 1]]).map {
        networks.finalStates(network: network, blocks: $0, scalings: [1])
      }
      for i in 0..<q {
        row[i] = zip(states[i], states[i + 1]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(d)
      }
    }
  }

  /// Columns `weights`, `blocks`, `distance` with `_lower` and `_upper` (95 %).
  public var table: Table {
    var table = Table(name: "scaling-convergence")
    table.add("weights", blocks.map { _ in weights.rawValue })
    table.add("blocks", blocks)
    table.add("distance", distances)
    table.add("distance_lower", zip(distances, standardErrors).map { $0 - 1.96 * $1 })
    table.add("distance_upper", zip(distances, standardErrors).map { $0 + 1.96 * $1 })
    return table
  }
}
