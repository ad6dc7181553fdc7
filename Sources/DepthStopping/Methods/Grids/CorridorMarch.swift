import DepthDynamics
import Foundation

/// Fokker-Planck's equation in a corridor between two moving boundaries, from a point mass.
///
/// Nodes `x_i(t) = a(t) + xi_i w(t)`, w = B - a; in xi the process has drift `(f - x_i') / w` and noise `sigma / w`. Each
/// step uses the generator at its middle and the boundaries' mean velocity; its first and last two steps are two implicit Euler
/// half-steps each (a point mass; a corridor that may close).
struct CorridorMarch {
  let depths: [Double]
  /// Mass absorbed by each depth.
  let stopped: [Double]
  /// `int_0^T P(tau > t) dt`.
  let mean: Double

  /// - Parameter cells: of refinement 1; the meshes of different refinement are nested.
  init(
    _ inequality: VariationalInequality, _ corridor: Corridor, from state: Double, until last: Double, cells: Int,
    refinement: Int
  ) throws {
    let mesh = try Mesh(inequality, corridor, state, last, cells, refinement)
    let steps = max(16, cells / 4) * refinement
    // graded quadratically towards both ends
    depths = (0...steps).map { 0.5 * last * (1 - cos(.pi * Double($0) / Double(steps))) }
    let n = mesh.shares.count
    var generator = ScalarGenerator(grid: mesh.shares)
    var mass = [Double](repeating: 0, count: n)
    mass[mesh.start] = 1
    var (next, scratch, source) = (mass, mass, mass)
    var buffers = Buffers(count: n)
    var absorbed = [0.0]
    var mean = 0.0
    for step in 1...steps {
      let (a, b) = (depths[step - 1], depths[step])
      mesh.assemble(&generator, &buffers, from: a, to: b, inequality)
      let h = b - a
      let before = 1 - absorbed[step - 1]
      if step <= 2 || step > steps - 2 {
        for _ in 0..<2 {
          generator.advanceLaw(step: 0.5 * h, source: mass, scratch: &scratch, into: &next)
          swap(&mass, &next)
          mean += 0.5 * h * (1 - mesh.absorbed(mass))
        }
      } else {
        Self.applyTransposed(generator, mass, 0.5 * h, into: &source)
        generator.advanceLaw(step: 0.5 * h, source: source, scratch: &scratch, into: &next)
        swap(&mass, &next)
        mean += 0.5 * h * (before + 1 - mesh.absorbed(mass))
      }
      absorbed.append(mesh.absorbed(mass))
    }
    stopped = absorbed
    self.mean = mean
  }

  /// `(I + k L^T) p`.
  private static func applyTransposed(_ generator: ScalarGenerator, _ p: [Double], _ k: Double, into q: inout [Double])
  {
    let n = p.count
    generator.withUnsafeRates { down, up, _ in
      p.withUnsafeBufferPointer { p in
        q.withUnsafeMutableBufferPointer { q in
          for i in 0..<n {
            var sum = -(down[i] + up[i]) * p[i]
            if i > 0 { sum += up[i - 1] * p[i - 1] }
            if i + 1 < n { sum += down[i + 1] * p[i + 1] }
            q[i] = p[i] + k * sum
          }
        }
      }
    }
  }

  struct Buffers {
    var states: [Double]
    var drift: [Double]
    var variance: [Double]
    let killing: [Double]

    init(count: Int) {
      states = [Double](repeating: 0, count: count)
      (drift, variance, killing) = (states, states, states)
    }
  }

  /// Shares xi of the corridor, the start among them.
  struct Mesh {
    let corridor: Corridor
    let shares: [Double]
    let start: Int
    private let fixedLower: Double
    private let fixedUpper: Double
    private let lowerEnd: ScalarGenerator.End
    private let upperEnd: ScalarGenerator.End

    init(
      _ inequality: VariationalInequality, _ corridor: Corridor, _ state: Double, _ last: Double, _ cells: Int,
      _ refinement: Int
    ) throws {
      self.corridor = corridor
      let search = DomainSearch(inequality: inequality, horizon: last, states: [state])
      let reach = search.reach(from: state, to: state, deviations: 7.5)
      let domain = search.domain(from: reach.lower, to: reach.upper)
      (fixedLower, fixedUpper) = (domain.lower, domain.upper)
      let (a, b) = (corridor.lower?.state(at: 0) ?? domain.lower, corridor.upper?.state(at: 0) ?? domain.upper)
      // an end that reflects belongs to the region: the origin of a radial problem
      let isAtLower = corridor.lower == nil && state == a && domain.lowerEnd != .stopped
      let isAtUpper = corridor.upper == nil && state == b && domain.upperEnd != .stopped
      guard a < state || isAtLower, state < b || isAtUpper else {
        throw StoppingError("from \(state) the law of tau needs a continuation region around the state")
      }
      func end(_ isBoundary: Bool, _ end: GridEnd) -> ScalarGenerator.End {
        if isBoundary || end == .stopped { return .absorbing }
        if case .reflecting(let index) = end { return .reflecting(index: index) }
        return end == .degenerate ? .transport : .reflecting(index: 0)
      }
      lowerEnd = end(corridor.lower != nil, domain.lowerEnd)
      upperEnd = end(corridor.upper != nil, domain.upperEnd)
      let shape = StateGrid.Shape(
        lower: a, upper: b, kinks: isAtLower || isAtUpper ? [] : [state],
        core: (corridor.lower == nil ? state : a, corridor.upper == nil ? state : b))
      let grid = StateGrid(
        shape, noise: { inequality.diffusion(0, $0) }, cells: 2 * cells, refinement: 2)
      let nested = grid.coarsened(2 / refinement)
      shares = nested.nodes.map { ($0 - a) / (b - a) }
      start = isAtLower ? 0 : isAtUpper ? nested.nodes.count - 1 : nested.kinkNodes[0]
    }

    func absorbed(_ mass: [Double]) -> Double {
      (lowerEnd == .absorbing ? mass[0] : 0) + (upperEnd == .absorbing ? mass[mass.count - 1] : 0)
    }

    private func edges(_ depth: Double) -> (Double, Double) {
      (corridor.lower?.state(at: depth) ?? fixedLower, corridor.upper?.state(at: depth) ?? fixedUpper)
    }

    /// The generator in xi at the middle of a step.
    func assemble(
      _ generator: inout ScalarGenerator, _ buffers: inout Buffers, from early: Double, to late: Double,
      _ inequality: VariationalInequality
    ) {
      let n = shares.count
      let middle = 0.5 * (early + late)
      let ((a0, b0), (a1, b1)) = (edges(early), edges(late))
      let (a, width) = (0.5 * (a0 + a1), 0.5 * (b0 + b1 - a0 - a1))
      let (velocity, growth) = ((a1 - a0) / (late - early), (b1 - a1 - b0 + a0) / (late - early))
      for i in 0..<n { buffers.states[i] = a + shares[i] * width }
      buffers.states.withUnsafeBufferPointer { x in
        buffers.drift.withUnsafeMutableBufferPointer { f in
          inequality.drift.fill(depth: middle, states: x.baseAddress!, count: n, into: f.baseAddress!)
        }
        buffers.variance.withUnsafeMutableBufferPointer { s in
          inequality.diffusion.fill(depth: middle, states: x.baseAddress!, count: n, into: s.baseAddress!)
        }
      }
      for i in 0..<n {
        let sigma = buffers.variance[i] / width
        buffers.variance[i] = sigma * sigma
        buffers.drift[i] = (buffers.drift[i] - velocity - shares[i] * growth) / width
      }
      // at ends that reflect or absorb the drift does not enter, and may be singular
      if lowerEnd != .transport { buffers.drift[0] = 0 }
      if upperEnd != .transport { buffers.drift[n - 1] = 0 }
      buffers.drift.withUnsafeBufferPointer { f in
        buffers.killing.withUnsafeBufferPointer { r in
          buffers.variance.withUnsafeMutableBufferPointer { s in
            generator.assemble(
              drift: f.baseAddress!, variance: s.baseAddress!, killing: r.baseAddress!, lowerEnd: lowerEnd,
              upperEnd: upperEnd)
          }
        }
      }
    }
  }
}
