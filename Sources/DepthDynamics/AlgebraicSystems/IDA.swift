internal import CSundials
import DepthNumerics

/// Variable-order, variable-step backward differences for differential-algebraic systems: SUNDIALS's IDA (from IDAS).
///
/// Dense Newton with difference-quotient Jacobians: O(n) residuals and O(n^3) a factorisation. The local error is controlled.
/// Source: Brenan, Campbell and Petzold, "Numerical Solution of Initial-Value Problems in DAEs" (1996).
public struct IDA: Equatable, Sendable {
  public let relativeTolerance: Double
  public let absoluteTolerance: Double
  public let maximumSteps: Int

  public init(relativeTolerance: Double, absoluteTolerance: Double, maximumSteps: Int = 20_000) {
    precondition(relativeTolerance > 0 && absoluteTolerance > 0, "\(relativeTolerance), \(absoluteTolerance)")
    self.relativeTolerance = relativeTolerance
    self.absoluteTolerance = absoluteTolerance
    self.maximumSteps = maximumSteps
  }

  /// y at each of `outputs` (ascending, after `start`), and the steps taken.
  ///
  /// - Parameters:
  ///   - state: satisfies the constraints; y' is computed from it.
  ///   - smoothingStep: length of six implicit Euler steps before IDA, for states whose rough components have slopes that
  ///     mean nothing; each adds its square times y''/2 to the error.
  /// - Throws: `IntegrationError` where the integrator gets no further.
  public func integrate(
    _ system: some DifferentialAlgebraicSystem, from state: [Double], start: Double, outputs: [Double],
    smoothingStep: Double? = nil
  ) throws -> (states: [[Double]], steps: Int) {
    let box = ResidualBox(system)
    guard let h = smoothingStep else {
      let slope = try Self.consistentSlope(system, state, start)
      return try withExtendedLifetime(box) { try run(box, state, slope, start, outputs) }
    }
    var (y, slope) = (state, state)
    for step in 1...6 {
      let next = try Self.implicitEuler(system, y, start + Double(step) * h, h)
      for i in y.indices { slope[i] = (next[i] - y[i]) / h }
      y = next
    }
    return try withExtendedLifetime(box) { try run(box, y, slope, start + 6 * h, outputs) }
  }

  /// One step of length h to `depth`, by Newton's method with difference quotients.
  private static func implicitEuler(
    _ system: some DifferentialAlgebraicSystem, _ state: [Double], _ depth: Double, _ h: Double
  ) throws -> [Double] {
    let n = system.dimension
    func residual(_ y: [Double]) -> [Double] {
      var result = [Double](repeating: 0, count: n)
      let slope = zip(y, state).map { ($0 - $1) / h }
      system.residual(depth: depth, state: y, slope: slope, into: &result)
      return result
    }
    var y = state
    for _ in 0..<6 {
      let here = residual(y)
      var matrix = [Double](repeating: 0, count: n * n)
      for j in 0..<n {
        let increment = 1e-7 * max(abs(y[j]), 1e-3)
        var moved = y
        moved[j] += increment
        let there = residual(moved)
        for i in 0..<n { matrix[i * n + j] = (there[i] - here[i]) / increment }
      }
      guard let change = try? LinearSystems.solve(matrix, here), change.allSatisfy(\.isFinite) else {
        throw IntegrationError(reason: .noConvergence, depth: depth, state: state)
      }
      var size = 0.0
      for i in 0..<n {
        y[i] -= change[i]
        size = max(size, abs(change[i]) / max(abs(y[i]), 1e-3))
      }
      if size < 1e-11 { break }
    }
    return y
  }

  private func run(
    _ box: ResidualBox, _ state: [Double], _ slope: [Double], _ start: Double, _ outputs: [Double]
  ) throws -> (states: [[Double]], steps: Int) {
    var failure = Failure(depth: start, state: state)
    var made: SUNContext?
    try failure.check(SUNContext_Create(nil, &made), "SUNContext_Create")
    guard let context = made else { throw failure.error("SUNContext_Create", "null") }
    defer { SUNContext_Free(&made) }
    let n = Int64(state.count)
    let y = try failure.unwrap(N_VNew_Serial(n, context), "N_VNew_Serial")
    defer { N_VDestroy(y) }
    let dy = try failure.unwrap(N_VNew_Serial(n, context), "N_VNew_Serial")
    defer { N_VDestroy(dy) }
    Sundials.data(y).update(from: state, count: state.count)
    Sundials.data(dy).update(from: slope, count: state.count)
    let matrix = try failure.unwrap(SUNDenseMatrix(n, n, context), "SUNDenseMatrix")
    defer { SUNMatDestroy(matrix) }
    let solver = try failure.unwrap(SUNLinSol_Dense(y, matrix, context), "SUNLinSol_Dense")
    defer { SUNLinSolFree(solver) }
    var memory = IDACreate(context)
    guard memory != nil else { throw failure.error("IDACreate", "null") }
    defer { IDAFree(&memory) }
    try failure.check(IDASetErrHandlerFn(memory, Sundials.quiet, nil), "IDASetErrHandlerFn")
    try failure.check(IDAInit(memory, ResidualBox.callback, start, y, dy), "IDAInit")
    try failure.check(IDASetUserData(memory, Unmanaged.passUnretained(box).toOpaque()), "IDASetUserData")
    try failure.check(IDASStolerances(memory, relativeTolerance, absoluteTolerance), "IDASStolerances")
    try failure.check(IDASetMaxNumSteps(memory, maximumSteps), "IDASetMaxNumSteps")
    try failure.check(IDASetLinearSolver(memory, solver, matrix), "IDASetLinearSolver")
    if let last = outputs.last { try failure.check(IDASetStopTime(memory, last), "IDASetStopTime") }
    var states: [[Double]] = []
    for output in outputs {
      var reached = 0.0
      let flag = IDASolve(memory, output, &reached, y, dy, IDA_NORMAL)
      try failure.check(flag, "IDASolve")
      failure.depth = reached
      failure.state = Array(UnsafeBufferPointer(start: Sundials.data(y), count: state.count))
      states.append(failure.state)
    }
    var steps = 0
    try failure.check(IDAGetNumSteps(memory, &steps), "IDAGetNumSteps")
    return (states, steps)
  }

  /// Where a failure left the integration.
  private struct Failure {
    var depth: Double
    var state: [Double]

    func error(_ function: String, _ flag: String) -> IntegrationError {
      IntegrationError(reason: .library(function: function, flag: flag), depth: depth, state: state)
    }

    func check(_ flag: Int32, _ function: String) throws {
      guard flag < 0 else { return }
      if flag == IDA_CONV_FAIL || flag == IDA_REP_RES_ERR {
        throw IntegrationError(reason: .noConvergence, depth: depth, state: state)
      }
      throw error(function, "flag \(flag)")
    }

    func unwrap<T>(_ handle: T?, _ function: String) throws -> T {
      guard let handle else { throw error(function, "a null handle (out of memory)") }
      return handle
    }
  }

  /// y' from F and the derivative of the constraints along the solution: one dense linear system.
  static func consistentSlope(
    _ system: some DifferentialAlgebraicSystem, _ state: [Double], _ depth: Double
  ) throws -> [Double] {
    let n = system.dimension
    let zero = [Double](repeating: 0, count: n)
    func residual(_ depth: Double, _ state: [Double], _ slope: [Double]) -> [Double] {
      var result = zero
      system.residual(depth: depth, state: state, slope: slope, into: &result)
      return result
    }
    let base = residual(depth, state, zero)
    var matrix = [Double](repeating: 0, count: n * n)
    for j in 0..<n {
      var unit = zero
      unit[j] = 1
      let affine = residual(depth, state, unit)
      let h = 1e-6 * max(abs(state[j]), 1e-2)
      var (up, down) = (state, state)
      up[j] += h
      down[j] -= h
      let (above, below) = (residual(depth, up, zero), residual(depth, down, zero))
      for i in 0..<n {
        matrix[i * n + j] = system.isConstraint(i) ? (above[i] - below[i]) / (2 * h) : affine[i] - base[i]
      }
    }
    let h = 1e-6 * max(abs(depth), 1e-2)
    let (later, earlier) = (residual(depth + h, state, zero), residual(depth - h, state, zero))
    let right = (0..<n).map { system.isConstraint($0) ? -(later[$0] - earlier[$0]) / (2 * h) : -base[$0] }
    do {
      return try LinearSystems.solve(matrix, right)
    } catch {
      throw IntegrationError(reason: .noConvergence, depth: depth, state: state)
    }
  }
}

/// A system behind C's user data.
private final class ResidualBox {
  typealias Residual = (Double, UnsafePointer<Double>, UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
  let residual: Residual
  let dimension: Int

  init(_ system: some DifferentialAlgebraicSystem) {
    residual = { system.residual(depth: $0, state: $1, slope: $2, into: $3) }
    dimension = system.dimension
  }

  /// 1 asks for a shorter step.
  static let callback: IDAResFn = { depth, y, dy, result, context in
    guard let y, let dy, let result, let context else { return -1 }
    return Unmanaged<ResidualBox>.fromOpaque(context)._withUnsafeGuaranteedRef { box in
      let output = Sundials.data(result)
      box.residual(depth, Sundials.data(y), Sundials.data(dy), output)
      for i in 0..<box.dimension where !output[i].isFinite { return 1 }
      return 0
    }
  }
}
