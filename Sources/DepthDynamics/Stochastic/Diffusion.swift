/// Stochastic depth: the diffusion `dh = f(t, h) dt + sigma(t, h) dW` (Ito), h in R^d, W a Wiener process in R^m.
///
/// The limit of residual networks whose blocks carry noise. Everything is evaluated for `count` states at once, a row of d
/// numbers each, into a caller's buffer, without allocating on the heap, so that one call serves a whole group of paths.
/// Buffers do not overlap.
public protocol Diffusion: Sendable {
  /// d.
  var dimension: Int { get }
  /// m, the number of independent noises.
  var noiseDimension: Int { get }
  var noiseStructure: NoiseStructure { get }
  /// `.diagonal` (then m = d) or `.dense`.
  var noiseLayout: NoiseLayout { get }
  /// Depths at which f or sigma jumps, ascending: steps must end there.
  var discontinuities: [Double] { get }
  /// Where states live, in words.
  var stateSpace: String { get }

  /// `f(t, h)`, count x d.
  func drift(
    depth: Double, states: UnsafePointer<Double>, count: Int, into result: UnsafeMutablePointer<Double>)

  /// `sigma(t, h)`: count x d entries where the layout is diagonal, else count x d x m. Not called for `.none`.
  func noise(
    depth: Double, states: UnsafePointer<Double>, count: Int, into result: UnsafeMutablePointer<Double>)

  /// The directional derivative `D sigma(t, h)[v]`, a row v of d numbers for each state; exact, laid out as `noise`.
  ///
  /// In the diagonal layout `sigma_i'(h_i) v_i`. Not called for `.none`, `.additive` and `.general`.
  func applyNoiseDerivative(
    depth: Double, states: UnsafePointer<Double>, directions: UnsafePointer<Double>, count: Int,
    into result: UnsafeMutablePointer<Double>)

  /// Puts states that a discrete step left outside the state space back on its edge; how many there were.
  func confine(_ states: UnsafeMutablePointer<Double>, count: Int) -> Int

  /// Exact mean and variance at `depth` from a fixed state at depth 0, where they are known.
  func moments(at depth: Double, from initial: [Double]) -> DiffusionMoments?

  var transitionExactness: TransitionExactness { get }

  /// The state after `step`, drawn by the increments of W over it (count x m, variance `step`).
  func applyTransition(
    depth: Double, step: Double, states: UnsafePointer<Double>, increments: UnsafePointer<Double>, count: Int,
    into result: UnsafeMutablePointer<Double>)
}

extension Diffusion {
  public var discontinuities: [Double] { [] }
  public var stateSpace: String { "finite numbers" }
  public func confine(_ states: UnsafeMutablePointer<Double>, count: Int) -> Int { 0 }
  public func moments(at depth: Double, from initial: [Double]) -> DiffusionMoments? { nil }
  public var transitionExactness: TransitionExactness { .unknown }

  public func applyTransition(
    depth: Double, step: Double, states: UnsafePointer<Double>, increments: UnsafePointer<Double>, count: Int,
    into result: UnsafeMutablePointer<Double>
  ) {
    preconditionFailure("a diffusion of dimension \(dimension) has no exact transition")
  }

  /// Numbers in sigma of one state.
  var noiseEntries: Int {
    switch (noiseStructure, noiseLayout) {
    case (.none, _): 0
    case (_, .diagonal): dimension
    case (_, .dense): dimension * noiseDimension
    }
  }
}
