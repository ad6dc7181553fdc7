@preconcurrency internal import CGSL

/// GSL's error handler aborts the process by default: every use goes through here, where it is off.
enum GSL {
  private static let isQuiet: Void = { _ = gsl_set_error_handler_off() }()

  /// A special function's value; GSL returns NaN on failure once its handler is off.
  static func value(_ body: () -> Double) -> Double {
    _ = isQuiet
    return body()
  }

  /// - Throws: `RootFindingError` with GSL's words unless the code is success.
  static func check(_ code: Int32, _ name: String) throws {
    guard code == 0 else { throw RootFindingError(description: "\(name): \(String(cString: gsl_strerror(code)))") }
  }

  static func silence() { _ = isQuiet }
}
