import DepthNumerics
public import DepthRuns
import Foundation

/// How far random residual networks carry a state, against their depth: `(E |h_L - h_0|^2)^(1/2) / |h_0| ~ L^kappa(beta)`.
///
/// kappa = 1/2 - beta for independent weights, 1 - beta for smooth ones: below the critical beta states explode, above it
/// the network tends to the identity, at it there is a limit. Measured by refinement in L, with standard errors from the
/// scatter over networks; nothing is fitted but the slope. Work O(networks x sum L x d m).
public struct ScalingLimit: Equatable, Sendable {
  public let weights: RandomResidualNetworks.Weights
  /// L, ascending.
  public let blocks: [Int]
  /// beta, ascending.
  public let scalings: [Double]
  /// Root mean square displacement over |h_0|: a row of L's for each beta.
  public let displacements: [[Double]]
  public let standardErrors: [[Double]]
  /// kappa of each beta.
  public let exponents: [PowerLawFit]
  /// The measured beta where kappa crosses zero, between the neighbours that bracket it; nil where none do.
  public let criticalScaling: Double?
  public let criticalScalingStandardError: Double?

  /// - Throws: `InputError.usage` for unusable L, beta or counts, and where displacements leave the finite numbers;
  ///   `SimulationInterrupted` when `shouldStop` says so.
  public init(
    _ networks: RandomResidualNetworks, blocks: [Int], scalings: [Double], samples: Int, threads: Int = 1,
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) throws {
    try Self.validate(blocks, scalings, samples)
    let (q, p) = (blocks.count, scalings.count)
    let moments = try Self.measure(networks, blocks, scalings, samples, threads, shouldStop)
    guard moments.mean.allSatisfy({ $0.isFinite && $0 > 0 }), (moments.covariance ?? []).allSatisfy(\.isFinite) else {
      throw InputError.usage(
        "displacements leave the finite numbers at beta \(scalings[0]) and \(blocks[q - 1]) blocks; take larger beta or fewer blocks"
      )
    }
    let (covariance, n) = (moments.covariance ?? [], Double(samples))
    weights = networks.weights
    self.blocks = blocks
    self.scalings = scalings
    let squares = (0..<p).map { row in Array(moments.mean[(row * q)..<(row * q + q)]) }
    displacements = squares.map { $0.map { $0.squareRoot() } }
    standardErrors = (0..<p).map { row in
      (0..<q).map { moments.standardError[row * q + $0] / (2 * squares[row][$0].squareRoot()) }
    }
    exponents = (0..<p).map { row in
      let ofRoots = (0..<(q * q)).map { index -> Double in
        let (i, j) = (index / q, index % q)
        return covariance[(row * q + i) * p * q + row * q + j]
          / (4 * n * (squares[row][i] * squares[row][j]).squareRoot())
      }
      return PowerLawFit(
        x: blocks.map { Double($0) }, y: squares[row].map { $0.squareRoot() }, covariance: ofRoots)
    }
    let crossing = Self.crossing(scalings, exponents)
    criticalScaling = crossing?.at
    criticalScalingStandardError = crossing?.error
  }

  private static func validate(_ blocks: [Int], _ scalings: [Double], _ samples: Int) throws {
    guard blocks.count >= 2, blocks[0] > 0, zip(blocks, blocks.dropFirst()).allSatisfy({ $0 < $1 }),
      blocks[blocks.count - 1] <= 1 << 20
    else {
      throw InputError.value(
        blocks.map(String.init).joined(separator: ","), of: "blocks",
        allowed: "two or more ascending integers from 1 to \(1 << 20)")
    }
    guard !scalings.isEmpty, scalings.allSatisfy({ $0 >= 0 && $0 <= 4 }),
      zip(scalings, scalings.dropFirst()).allSatisfy({ $0 < $1 }), scalings.count * blocks.count <= 256
    else {
      throw InputError.value(
        scalings, of: "scalings", allowed: "ascending numbers from 0 to 4, at most 256 with blocks")
    }
    guard samples >= 2, samples <= 1 << 31 else {
      throw InputError.value(samples, of: "samples", allowed: "2 to \(1 << 31)")
    }
  }

  /// Moments of the squared relative displacement of every (beta, L), over networks.
  private static func measure(
    _ networks: RandomResidualNetworks, _ blocks: [Int], _ scalings: [Double], _ samples: Int, _ threads: Int,
    _ shouldStop: @escaping @Sendable () -> Bool
  ) throws -> RunningMoments {
    let (q, p, d) = (blocks.count, scalings.count, networks.block.dimension)
    let initial = networks.initialState
    return try networks.moments(samples: samples, dimension: p * q, threads: threads) { network, row in
      for (i, count) in blocks.enumerated() {
        if shouldStop() { throw SimulationInterrupted() }
        let states = networks.finalStates(network: network, blocks: count, scalings: scalings)
        for b in 0..<p {
          var square = 0.0
          for j in 0..<d { square += (states[b * d + j] - initial[j]) * (states[b * d + j] - initial[j]) }
          row[b * q + i] = square / Double(d)
        }
      }
    }
  }

  /// Where kappa falls through zero, by linear interpolation between neighbours.
  private static func crossing(_ scalings: [Double], _ fits: [PowerLawFit]) -> (at: Double, error: Double)? {
    for i in scalings.indices.dropLast() where fits[i].exponent >= 0 && fits[i + 1].exponent <= 0 {
      let drop = fits[i].exponent - fits[i + 1].exponent
      guard drop > 0 else { continue }
      let slope = drop / (scalings[i + 1] - scalings[i])
      return (
        scalings[i] + fits[i].exponent / slope, max(fits[i].standardError, fits[i + 1].standardError) / slope
      )
    }
    return nil
  }

  /// Tidy: `weights`, `scaling_exponent` (beta), `blocks`, `displacement` with `_lower` and `_upper` (95 %).
  public var table: Table {
    var table = Table(name: "scaling-limit")
    let cells = scalings.indices.flatMap { row in blocks.indices.map { (row, $0) } }
    let (values, errors) = (cells.map { displacements[$0.0][$0.1] }, cells.map { standardErrors[$0.0][$0.1] })
    table.add("weights", cells.map { _ in weights.rawValue })
    table.add("scaling_exponent", cells.map { scalings[$0.0] })
    table.add("blocks", cells.map { blocks[$0.1] })
    table.add("relative_displacement", values)
    table.add("displacement_lower", zip(values, errors).map { $0 - 1.96 * $1 })
    table.add("displacement_upper", zip(values, errors).map { $0 + 1.96 * $1 })
    return table
  }

  /// A row a beta: `weights`, `scaling_exponent`, `displacement_exponent`, `standard_error`, `predicted_exponent`.
  public var exponentTable: Table {
    var table = Table(name: "scaling-exponents")
    table.add("weights", scalings.map { _ in weights.rawValue })
    table.add("scaling_exponent", scalings)
    table.add("displacement_exponent", exponents.map(\.exponent))
    table.add("standard_error", exponents.map(\.standardError))
    table.add("predicted_exponent", scalings.map { weights.criticalExponent - $0 })
    return table
  }
}
