internal import CSundials

/// The one place where SUNDIALS is checked: every call's flag is looked at and named.
enum Sundials {
  /// Throws when `flag` is negative.
  static func check(
    _ flag: Int32, _ function: String, _ session: CallbackSession, flagName: (Int) -> UnsafeMutablePointer<CChar>?
  ) throws {
    guard flag < 0 else { return }
    if let component = session.nonFiniteComponent {
      throw IntegrationError(
        reason: .nonFiniteField(component: component), depth: session.goodDepth, state: session.goodState)
    }
    var name = "flag \(flag)"
    if let text = flagName(Int(flag)) {
      name = String(cString: text)
      free(text)
    }
    throw IntegrationError(
      reason: .library(function: function, flag: name), depth: session.goodDepth, state: session.goodState)
  }

  /// A handle that creation returned; nil means out of memory.
  static func unwrap<T>(_ handle: T?, _ function: String, _ session: CallbackSession) throws -> T {
    guard let handle else {
      throw IntegrationError(
        reason: .library(function: function, flag: "a null handle (out of memory)"), depth: session.goodDepth,
        state: session.goodState)
    }
    return handle
  }

  /// The doubles of a serial vector; stands for the macro `NV_DATA_S`.
  @inline(__always)
  static func data(_ vector: N_Vector) -> UnsafeMutablePointer<Double> {
    vector.pointee.content.assumingMemoryBound(to: _N_VectorContent_Serial.self).pointee.data
  }

  /// Lets a vector without storage of its own stand for the doubles at an address.
  static func point(_ view: N_Vector, at address: UnsafeMutablePointer<Double>) {
    view.pointee.content.assumingMemoryBound(to: _N_VectorContent_Serial.self).pointee.data = address
  }

  /// The doubles of a dense matrix, column-major; stands for `SUNDenseMatrix_Data`'s macro form.
  static func data(_ matrix: SUNMatrix) -> UnsafeMutablePointer<Double>? { SUNDenseMatrix_Data(matrix) }
}

/// One SUNContext, one state vector and one without storage, freed together: a solver's surroundings, used by one task.
struct SundialsContext: ~Copyable {
  let context: SUNContext
  let vector: N_Vector
  /// For output at a caller's address; see `Sundials.point`.
  let view: N_Vector

  init(state: [Double], session: CallbackSession) throws {
    var created: SUNContext?
    let flag = SUNContext_Create(nil, &created)
    guard flag == 0, let created else {
      throw IntegrationError(
        reason: .library(function: "SUNContext_Create", flag: "flag \(flag)"), depth: session.goodDepth, state: state)
    }
    guard let vector = N_VNew_Serial(Int64(state.count), created) else {
      var failed: SUNContext? = created
      SUNContext_Free(&failed)
      throw IntegrationError(
        reason: .library(function: "N_VNew_Serial", flag: "a null handle (out of memory)"), depth: session.goodDepth,
        state: state)
    }
    guard let view = N_VMake_Serial(Int64(state.count), Sundials.data(vector), created) else {
      N_VDestroy(vector)
      var failed: SUNContext? = created
      SUNContext_Free(&failed)
      throw IntegrationError(
        reason: .library(function: "N_VMake_Serial", flag: "a null handle (out of memory)"), depth: session.goodDepth,
        state: state)
    }
    context = created
    self.vector = vector
    self.view = view
    Sundials.data(vector).update(from: state, count: state.count)
  }

  deinit {
    N_VDestroy(view)
    N_VDestroy(vector)
    var freed: SUNContext? = context
    SUNContext_Free(&freed)
  }
}

/// What the C callbacks reach through their user data: f, its Jacobian, and what went wrong.
///
/// A class without generics, so that the C trampolines need none; `TypedSession` holds the field.
class CallbackSession {
  let dimension: Int
  /// The last depth inside the present segment at which f may be evaluated: just below its end.
  var lastDepth = Double.infinity
  var goodDepth: Double
  var goodState: [Double]
  var nonFiniteComponent: Int?
  /// Evaluations that were not finite since the last good output; more than `nonFiniteLimit` end the integration.
  var nonFiniteCount = 0
  static let nonFiniteLimit = 20

  init(dimension: Int, depth: Double, state: [Double]) {
    self.dimension = dimension
    goodDepth = depth
    goodState = state
  }

  func evaluate(_ depth: Double, _ state: UnsafePointer<Double>, _ result: UnsafeMutablePointer<Double>) -> Int32 {
    preconditionFailure("CallbackSession is abstract")
  }

  func jacobian(_ depth: Double, _ state: UnsafePointer<Double>, _ columns: UnsafeMutablePointer<Double>) -> Int32 {
    preconditionFailure("CallbackSession is abstract")
  }
}

final class TypedSession<Field: VectorField>: CallbackSession {
  private let field: Field

  init(_ problem: InitialValueProblem<Field>) {
    field = problem.field
    super.init(dimension: problem.field.dimension, depth: problem.start, state: problem.initialState)
  }

  /// Returns 1, a recoverable failure, where f is not finite: the solver first tries shorter steps; but it would creep up to
  /// a pole for ever, so after a few of them -1.
  override func evaluate(
    _ depth: Double, _ state: UnsafePointer<Double>, _ result: UnsafeMutablePointer<Double>
  ) -> Int32 {
    field.evaluate(depth: min(depth, lastDepth), state: state, into: result)
    for i in 0..<dimension where !result[i].isFinite {
      nonFiniteComponent = i
      nonFiniteCount += 1
      return nonFiniteCount > Self.nonFiniteLimit ? -1 : 1
    }
    nonFiniteComponent = nil
    return 0
  }

  /// The dense Jacobian, column by column.
  override func jacobian(
    _ depth: Double, _ state: UnsafePointer<Double>, _ columns: UnsafeMutablePointer<Double>
  ) -> Int32 {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: dimension) { unit in
      unit.initialize(repeating: 0)
      for j in 0..<dimension {
        unit[j] = 1
        field.applyJacobian(
          depth: min(depth, lastDepth), state: state, vector: unit.baseAddress!, into: columns + j * dimension)
        unit[j] = 0
      }
    }
    return 0
  }
}

extension CallbackSession {
  /// The opaque pointer that travels through C; the caller keeps the session alive.
  var userData: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  static let rightHandSide: CVRhsFn = { depth, state, result, userData in
    guard let state, let result, let userData else { return -1 }
    return Unmanaged<CallbackSession>.fromOpaque(userData)._withUnsafeGuaranteedRef {
      $0.evaluate(depth, Sundials.data(state), Sundials.data(result))
    }
  }

  static let denseJacobian: CVLsJacFn = { depth, state, _, matrix, userData, _, _, _ in
    guard let state, let matrix, let userData, let columns = Sundials.data(matrix) else { return -1 }
    return Unmanaged<CallbackSession>.fromOpaque(userData)._withUnsafeGuaranteedRef {
      $0.jacobian(depth, Sundials.data(state), columns)
    }
  }

  /// Takes SUNDIALS's messages off stderr; the flags say the same and are thrown.
  static let quiet: CVErrHandlerFn = { _, _, _, _, _ in }
}
