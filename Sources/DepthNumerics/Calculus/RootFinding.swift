@preconcurrency internal import CGSL

/// A root was not found.
public struct RootFindingError: Error, CustomStringConvertible, Equatable, Sendable {
  public let description: String
}

/// Roots of scalar functions by bracketing.
public enum RootFinding {
  /// A root of f in [lower, upper], where f must change sign: Brent's method (GSL), superlinear and never worse than
  /// bisection.
  ///
  /// The bracket shrinks below `absoluteTolerance + 4 ulp |x|`.
  /// - Throws: `RootFindingError` when f does not change sign, is not finite, or 200 iterations do not suffice.
  public static func brent(
    lower: Double, upper: Double, absoluteTolerance: Double = 0, _ f: (Double) -> Double
  ) throws -> Double {
    GSL.silence()
    let (atLower, atUpper) = (f(lower), f(upper))
    if atLower == 0 { return lower }
    if atUpper == 0 { return upper }
    guard atLower.isFinite, atUpper.isFinite, (atLower < 0) != (atUpper < 0) else {
      throw RootFindingError(
        description: "no sign change on [\(lower), \(upper)]: f is \(atLower) and \(atUpper) at the ends")
    }
    return try withoutActuallyEscaping(f) { escaping in
      let box = FunctionBox(escaping)
      return try withExtendedLifetime(box) { try iterate(box, lower, upper, absoluteTolerance) }
    }
  }

  private static func iterate(
    _ box: FunctionBox, _ lower: Double, _ upper: Double, _ absoluteTolerance: Double
  ) throws -> Double {
    guard let solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent) else {
      throw RootFindingError(description: "gsl_root_fsolver_alloc: out of memory")
    }
    defer { gsl_root_fsolver_free(solver) }
    var function = gsl_function(
      function: { x, context in
        Unmanaged<FunctionBox>.fromOpaque(context!)._withUnsafeGuaranteedRef { $0.function(x) }
      }, params: Unmanaged.passUnretained(box).toOpaque())
    return try withUnsafeMutablePointer(to: &function) { pointer in
      try GSL.check(gsl_root_fsolver_set(solver, pointer, lower, upper), "gsl_root_fsolver_set")
      for _ in 0..<200 {
        try GSL.check(gsl_root_fsolver_iterate(solver), "gsl_root_fsolver_iterate")
        let (low, high) = (gsl_root_fsolver_x_lower(solver), gsl_root_fsolver_x_upper(solver))
        let root = gsl_root_fsolver_root(solver)
        if high - low <= absoluteTolerance + 4 * root.ulp || box.function(root) == 0 { return root }
      }
      throw RootFindingError(description: "200 iterations on [\(lower), \(upper)] did not reach the tolerance")
    }
  }
}

/// A closure behind a C callback's context pointer.
private final class FunctionBox {
  let function: (Double) -> Double
  init(_ function: @escaping (Double) -> Double) { self.function = function }
}
