import DepthRuns

/// A one-step scheme for a diffusion: how a group of paths gets from one depth to the next, given the increments of W.
public protocol StochasticMethod: Sendable {
  /// Kebab-case: "euler-maruyama".
  var name: String { get }

  /// The order gamma of `(E |X_L(T) - X(T)|^2)^(1/2) = O(Delta^gamma)` for noise of this structure; infinite if exact.
  func strongOrder(for structure: NoiseStructure) -> Double

  /// The order of `E phi(X_L(T)) - E phi(X(T))` for smooth phi; infinite if exact.
  var weakOrder: Double { get }

  /// - Throws: `InputError.usage` where the scheme does not apply to the diffusion.
  func requireApplicable<Law: Diffusion>(to diffusion: Law) throws

  /// Doubles that `advance` needs beside states and increments.
  func scratchCount<Law: Diffusion>(for diffusion: Law, paths: Int) -> Int

  /// One step of `paths` paths: states (paths x d) and increments of W (paths x m, variance `step`) into `result`.
  func advance<Law: Diffusion>(
    _ diffusion: Law, depth: Double, step: Double, states: UnsafePointer<Double>, increments: UnsafePointer<Double>,
    paths: Int, scratch: UnsafeMutablePointer<Double>, into result: UnsafeMutablePointer<Double>)
}

/// The schemes by name.
public enum StochasticMethods {
  public static let all: [any StochasticMethod] = [EulerMaruyama(), Milstein(), ExactTransition()]

  /// - Throws: `InputError.usage` with the known names.
  public static func named(_ name: String) throws -> any StochasticMethod {
    guard let method = all.first(where: { $0.name == name }) else {
      throw InputError.unknown(name, kindOfName: "method", known: all.map(\.name))
    }
    return method
  }
}
