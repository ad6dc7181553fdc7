@preconcurrency internal import CGSL

/// Versions of the numerical libraries, and the compiler's.
public enum NumericsVersions {
  public static var all: [String: String] {
    ["gsl": String(cString: gsl_version), "openblas": BLAS.version, "swift": swift, "architecture": architecture]
  }

  private static var swift: String {
    #if compiler(>=6.3)
      "6.3 or later"
    #elseif compiler(>=6.2)
      "6.2"
    #else
      "6.1"
    #endif
  }

  private static var architecture: String {
    #if arch(x86_64)
      "x86_64"
    #elseif arch(arm64)
      "arm64"
    #else
      "other"
    #endif
  }
}
