internal import CSundials

/// What the C callbacks reach through their user data: f, its Jacobian, and what went wrong.
///
/// The callbacks see the plain memory of `CallbackState` alone: a step costs no reference counting and no exclusivity check.
final class CallbackSession {
  private let state: UnsafeMutablePointer<CallbackState>
  let dimension: Int
  /// Where the last good state was seen, at an output or at a failure.
  var goodDepth: Double
  var goodState: [Double]

  /// - Parameter substitutesNonFinite: give the library a huge number for one that is not finite, and no flag: for solvers
  ///   that shorten a step for its error only.
  init(
    _ functions: FieldFunctions, depth: Double, state: [Double], band: (lower: Int, upper: Int)? = nil,
    substitutesNonFinite: Bool = false, pullbacks: PullbackFunctions? = nil
  ) {
    self.state = .allocate(capacity: 1)
    self.state.initialize(
      to: CallbackState(functions, band: band, substitutesNonFinite: substitutesNonFinite, pullbacks: pullbacks))
    dimension = functions.dimension
    goodDepth = depth
    goodState = state
  }

  deinit {
    self.state.pointee.stepState.deallocate()
    state.deinitialize(count: 1)
    state.deallocate()
  }

  /// The pointer that travels through C; the caller keeps the session alive.
  var userData: UnsafeMutableRawPointer { UnsafeMutableRawPointer(state) }

  var functions: FieldFunctions { state.pointee.functions }
  /// The component that was not finite last, as long as f was not finite any deeper.
  var nonFiniteComponent: Int? { state.pointee.nonFiniteComponent < 0 ? nil : state.pointee.nonFiniteComponent }
  /// The end of ARKODE's last accepted step; after a failure its own depth is that of the step that failed.
  var stepDepth: Double {
    get { state.pointee.stepDepth }
    set { state.pointee.stepDepth = newValue }
  }
  /// The state there: after a failure ARKODE's own vector holds the step that failed.
  var stepState: UnsafeMutablePointer<Double> { state.pointee.stepState }
  /// Calls of f made beside the library's own count.
  var extraEvaluations: Int {
    get { state.pointee.extraEvaluations }
    set { state.pointee.extraEvaluations = newValue }
  }

  /// Steps end at `end`; f is evaluated at `lastDepth` at most, just below a discontinuity.
  func enterSegment(lastDepth: Double) { state.pointee.lastDepth = lastDepth }

  /// f inside the present segment; whether it is finite.
  func evaluate(_ depth: Double, _ state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) -> Bool {
    self.state.pointee.extraEvaluations += 1
    let before = self.state.pointee.nonFiniteCount
    _ = self.state.pointee.evaluate(depth, state, result)
    return self.state.pointee.nonFiniteCount <= before
  }

  /// The component whose substitute has got into this state, past the library's error test; nil for none.
  func contamination(of vector: UnsafePointer<Double>) -> Int? {
    guard state.pointee.substitutedComponent >= 0 else { return nil }
    return (0..<dimension).contains { abs(vector[$0]) > 1e40 } ? state.pointee.substitutedComponent : nil
  }

  /// Before a way is gone again.
  func forgetNonFinite() {
    state.pointee.substitutedComponent = -1
    (state.pointee.nonFiniteComponent, state.pointee.nonFiniteCount) = (-1, 0)
    state.pointee.nonFiniteDepth = -.infinity
  }

  func note(_ depth: Double, _ state: UnsafePointer<Double>) {
    goodDepth = depth
    goodState.withUnsafeMutableBufferPointer { $0.baseAddress!.update(from: state, count: dimension) }
  }
}

/// The memory behind the user data.
struct CallbackState {
  let functions: FieldFunctions
  let dimension: Int
  let band: (lower: Int, upper: Int)
  let substitutesNonFinite: Bool
  /// For sensitivities alone.
  let pullbacks: PullbackFunctions?
  /// The last depth inside the present segment at which f may be evaluated.
  var lastDepth = Double.infinity
  /// -1 for none.
  var nonFiniteComponent = -1
  /// Evaluations that were not finite, until one is that lies deeper: more than `nonFiniteLimit` end all.
  var nonFiniteCount = 0
  var nonFiniteDepth = -Double.infinity
  var extraEvaluations = 0
  /// The component that was last given a huge number in place of one that is not finite; -1 for none since the start.
  var substitutedComponent = -1
  /// The end of the last accepted step, where the library tells it only here.
  var stepDepth = 0.0
  /// The state there; freed by the session.
  let stepState: UnsafeMutablePointer<Double>
  static let nonFiniteLimit = 100

  init(
    _ functions: FieldFunctions, band: (lower: Int, upper: Int)?, substitutesNonFinite: Bool,
    pullbacks: PullbackFunctions?
  ) {
    self.pullbacks = pullbacks
    self.functions = functions
    dimension = functions.dimension
    stepState = .allocate(capacity: dimension)
    stepState.initialize(repeating: 0, count: dimension)
    self.band = band ?? (dimension - 1, dimension - 1)
    self.substitutesNonFinite = substitutesNonFinite
  }

  /// Returns 1, a recoverable failure, where f is not finite: the solver first tries shorter steps; but it would creep up to
  /// a pole for ever, so after some of them -1.
  @inline(__always)
  mutating func evaluate(
    _ depth: Double, _ state: UnsafePointer<Double>, _ result: UnsafeMutablePointer<Double>
  ) -> Int32 {
    functions.evaluate(min(depth, lastDepth), state, result)
    // zero times a number is zero unless it is not finite; four sums, for the additions not to wait for each other
    var (a, b, c, e) = (0.0, 0.0, 0.0, 0.0)
    var i = 0
    while i + 4 <= dimension {
      a += 0 * result[i]
      b += 0 * result[i + 1]
      c += 0 * result[i + 2]
      e += 0 * result[i + 3]
      i += 4
    }
    while i < dimension {
      a += 0 * result[i]
      i += 1
    }
    guard (a + b) + (c + e) == 0 else { return noteNonFinite(depth, result) }
    if nonFiniteCount > 0 { noteFinite(depth) }
    return 0
  }

  @inline(never)
  private mutating func noteFinite(_ depth: Double) {
    if depth > nonFiniteDepth { (nonFiniteComponent, nonFiniteCount, nonFiniteDepth) = (-1, 0, -.infinity) }
  }

  @inline(never)
  private mutating func noteNonFinite(_ depth: Double, _ result: UnsafeMutablePointer<Double>) -> Int32 {
    nonFiniteCount += 1
    nonFiniteDepth = max(nonFiniteDepth, depth)
    nonFiniteComponent = -1
    for i in 0..<dimension where !result[i].isFinite {
      if nonFiniteComponent < 0 { nonFiniteComponent = i }
      // not the same number twice: error estimates are differences
      if substitutesNonFinite {
        result[i] = 1e100 * Double(nonFiniteCount)
        substitutedComponent = i
      }
    }
    if nonFiniteCount > Self.nonFiniteLimit { return -1 }
    return substitutesNonFinite ? 0 : 1
  }
}
