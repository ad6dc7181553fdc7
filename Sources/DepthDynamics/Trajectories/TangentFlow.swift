import DepthNumerics
import DepthRuns
import Foundation

/// A state with its orthonormal tangent vectors on their way along depth, one segment at a time.
struct TangentFlow<Field: VectorField> {
  private let field: Field
  private let count: Int
  private let jumps: [Double]
  private var depth: Double
  private var state: [Double]
  /// `int tr J` since the start.
  private(set) var divergence = 0.0

  /// Random first directions: the axes may be invariant under the flow, and then hide the largest exponents.
  init(_ problem: InitialValueProblem<Field>, count: Int, seed: UInt64) {
    field = problem.field
    self.count = count
    jumps = problem.field.discontinuities
    depth = problem.start
    let d = problem.field.dimension
    var stream = RandomStream(seed: seed, stream: 0x4c79)
    var vectors = stream.normals(d * count)
    var diagonal = [Double](repeating: 0, count: count)
    _ = GramSchmidt.orthonormalize(&vectors, rows: d, count: count, diagonal: &diagonal)
    state = problem.initialState + vectors + [0]
  }

  /// `ln R_ii` of the segment up to `end`, which snaps to a jump of f within a millionth of the segment.
  mutating func advance(to end: Double, _ integrator: some Integrator, segments: Int) throws -> [Double] {
    let d = field.dimension
    let jump = jumps.first { abs($0 - end) < 1e-6 * (end - depth) }
    let target = jump ?? end
    // beyond the jump the next block's f would be evaluated
    let latest = jump.map { $0 - 4e-12 * max(abs($0), $0 - depth) } ?? .infinity
    // an integrator's steps add up to the interval but for the rounding of depths, all the same way where they are equal: an
    // error that the constant part of tr J, known without integration, need not share
    let reference = divergence(depth, state)
    let problem = try InitialValueProblem(
      field: TangentFlowField(field: field, count: count, referenceDivergence: reference, latestDepth: latest),
      initialState: state, start: depth, end: target)
    state = try integrator.integrate(extended: problem).finalState
    divergence += reference * (target - depth) + state[d * (count + 1)]
    state[d * (count + 1)] = 0
    var diagonal = [Double](repeating: 0, count: count)
    let count = count
    let share = state.withUnsafeMutableBufferPointer { buffer in
      GramSchmidt.orthonormalize(buffer.baseAddress! + d, rows: d, count: count, diagonal: &diagonal)
    }
    guard share > 1e-9 else {
      throw InputError.value(
        segments, of: "segments",
        allowed: "more of them: tangent vectors became dependent (to \(share)) before depth \(target)")
    }
    depth = target
    return diagonal.map { log($0) }
  }

  private func divergence(_ depth: Double, _ state: [Double]) -> Double {
    let d = field.dimension
    var jacobian = [Double](repeating: 0, count: d * d)
    field.jacobian(depth: depth, state: state, into: &jacobian)
    return (0..<d).reduce(0) { $0 + jacobian[$1 * (d + 1)] }
  }
}
