internal import CSundials

/// The one place where SUNDIALS is checked: every call's flag is looked at and named.
enum Sundials {
  typealias FlagName = (Int) -> UnsafeMutablePointer<CChar>?

  /// Throws when `flag` is negative.
  static func check(
    _ flag: Int32, _ function: String, _ session: CallbackSession, flagName: FlagName
  ) throws {
    guard flag < 0 else { return }
    throw IntegrationError(
      reason: .library(function: function, flag: name(flag, flagName)), depth: session.goodDepth,
      state: session.goodState)
  }

  /// Why a solver on its way went no further than the session's good depth. CVODE and ARKODE number these flags alike.
  static func failure(
    _ flag: Int32, _ function: String, _ session: CallbackSession, flagName: FlagName, stepLimit: Int, isStiff: Bool,
    worstComponent: Int?
  ) -> IntegrationError {
    let reason: IntegrationError.Reason
    if let component = session.nonFiniteComponent {
      reason = .nonFiniteField(component: component)
    } else {
      switch flag {
      case CV_TOO_MUCH_WORK: reason = .tooManySteps(limit: stepLimit, isStiff: isStiff)
      case CV_TOO_MUCH_ACC, CV_ERR_FAILURE: reason = .stepUnderflow
      case CV_CONV_FAILURE: reason = .noConvergence
      default: reason = .library(function: function, flag: name(flag, flagName))
      }
    }
    // without convergence there is no estimate of this step's error
    return IntegrationError(
      reason: reason, depth: session.goodDepth, state: session.goodState,
      component: reason == .noConvergence ? nil : worstComponent)
  }

  private static func name(_ flag: Int32, _ flagName: FlagName) -> String {
    guard let text = flagName(Int(flag)) else { return "flag \(flag)" }
    defer { free(text) }
    return String(cString: text)
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

  /// The component with the largest product of an error and its weight; nil when none is a positive number.
  ///
  /// `fill` asks the library for both vectors and returns whether it had them.
  static func worstComponent(like vector: N_Vector, _ count: Int, fill: (N_Vector, N_Vector) -> Bool) -> Int? {
    guard let errors = N_VClone(vector) else { return nil }
    defer { N_VDestroy(errors) }
    guard let weights = N_VClone(vector) else { return nil }
    defer { N_VDestroy(weights) }
    guard fill(errors, weights) else { return nil }
    var worst: (component: Int?, size: Double) = (nil, 0)
    for i in 0..<count {
      let size = abs(data(errors)[i] * data(weights)[i])
      if size > worst.size { worst = (i, size) }
    }
    return worst.component
  }

  /// Absolute tolerances as a vector, one number for all or one a component; the caller destroys it.
  static func toleranceVector(
    _ absolute: [Double], like vector: N_Vector, _ session: CallbackSession
  ) throws -> N_Vector {
    let clone = try unwrap(N_VClone(vector), "N_VClone", session)
    for i in 0..<session.dimension { data(clone)[i] = absolute[absolute.count == 1 ? 0 : i] }
    return clone
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

  /// Takes SUNDIALS's messages off stderr; the flags say the same and are thrown.
  static let quiet: CVErrHandlerFn = { _, _, _, _, _ in }
}
