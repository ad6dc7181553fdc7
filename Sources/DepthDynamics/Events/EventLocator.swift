import DepthNumerics

/// Finds the events on one step after the other, on the integrator's own dense output; shared by all integrators.
///
/// On every step each event's function is sampled at seven points, two of them close to the ends. A change of sign between
/// two samples is a root, located to two ulp of depth on the side where the sign has changed. Where the samples come nearest
/// to zero without a change of sign, the extremum is sought: it may lie beyond zero (two roots) or touch it. A touch counts, and
/// is marked, where the extremum is zero within the error that the method leaves the state at its tolerances; without tolerances, for
/// fixed steps and series, within rounding. Pairs of roots that the samples do not betray, closer than about a quarter of a
/// step, are missed.
///
/// A function that is zero at the start, but for rounding, is ignored until it has left zero, unless the event is a halting one
/// (`Event.isHalting`); one that never leaves it is no event, and `notes` say so. One that is zero at a step's end is reported on
/// that step alone.
struct EventLocator {
  let events: [Event]
  private let dimension: Int
  private let tolerances: Tolerances?
  private let errorFactor: Double
  /// phi of each event at the left end of the next step.
  private var leftValues: [Double]
  /// Below this phi is taken for the zero it had at the start; none once it has left it.
  private var startNoise: [Double]
  /// Whether phi was anything but zero so far.
  private var hasLeftZero: [Bool]
  private let start: (depth: Double, state: [Double])
  /// phi at the samples of a step.
  private var values: [Double]
  /// A touch counts only once phi has been further from zero than this since the start or the last root.
  private var touchLevels: [Double]
  private var hasBeenAway: [Bool]
  /// One state a sample after the first.
  private var states: [Double]
  /// Whether a terminal event was met: the integration ends.
  private(set) var isHalted = false

  /// The outermost two pairs of samples give the slopes at the ends.
  private static let shares = [0, 1e-3, 0.25, 0.5, 0.75, 1 - 1e-3, 1]

  /// - Throws: `IntegrationError` when a function is not finite at the start.
  init(
    _ events: [Event], depth: Double, state: [Double], tolerances: Tolerances? = nil,
    errorFactor: Double = EventLocator.oneStepError
  ) throws {
    self.events = events
    dimension = state.count
    self.tolerances = tolerances
    self.errorFactor = errorFactor
    start = (depth, state)
    guard !events.isEmpty else {
      (leftValues, startNoise, touchLevels, hasBeenAway, hasLeftZero, states, values) = ([], [], [], [], [], [], [])
      return
    }
    leftValues = events.map { $0.function(depth, state) }
    values = [Double](repeating: 0, count: Self.shares.count)
    touchLevels = []
    hasBeenAway = [Bool](repeating: false, count: events.count)
    hasLeftZero = hasBeenAway
    startNoise = []
    states = [Double](repeating: 0, count: (Self.shares.count - 1) * state.count)
    if let bad = leftValues.firstIndex(where: { !$0.isFinite }) {
      throw IntegrationError(reason: .nonFiniteEvent(name: events[bad].name), depth: depth, state: state)
    }
    let rounding = 16 * (state.map(abs).max() ?? 0).ulp
    startNoise = events.map { Self.change($0.function, depth, state) { _ in rounding } }
    touchLevels = events.indices.map { unknown($0, depth, state) }
    for i in events.indices where abs(leftValues[i]) > startNoise[i] { startNoise[i] = 0 }
    for i in events.indices where abs(leftValues[i]) <= startNoise[i] { leftValues[i] = 0 }
    hasLeftZero = leftValues.map { $0 != 0 }
  }

  /// Halting events whose condition holds at the start; asked for once, before the first step.
  mutating func occurrencesAtStart() -> [Trajectory.Occurrence] {
    var found = events.indices.filter { events[$0].holdsAtStart(leftValues[$0]) }
    if let halt = found.firstIndex(where: { events[$0].isTerminal }) {
      found.removeSubrange((halt + 1)...)
      isHalted = true
    }
    return found.map { Trajectory.Occurrence(name: events[$0].name, depth: start.depth, state: start.state) }
  }

  /// What cannot be looked for: an event whose function has been zero all along the path.
  var notes: [String] {
    events.indices.filter { !hasLeftZero[$0] && !events[$0].isHalting }.map {
      "the function of the event \(events[$0].name) is zero all along the path: it cannot be met there"
    }
  }

  /// What occurs on an accepted step, in order of depth, up to the first terminal event.
  ///
  /// `interpolate` writes the state at a depth of the step; at the ends it must give the step's own states. `glance` is the same
  /// less exactly, for the samples.
  /// - Throws: `IntegrationError` when an event's function is not finite; what the interpolant throws.
  mutating func occurrences(
    from left: Double, to right: Double,
    glance: (_ depth: Double, _ state: UnsafeMutablePointer<Double>) throws -> Void,
    interpolate: (_ depth: Double, _ state: UnsafeMutablePointer<Double>) throws -> Void
  ) throws -> [Trajectory.Occurrence] {
    guard !events.isEmpty else { return [] }
    var found: [(depth: Double, event: Int, isTouch: Bool)] = []
    try sample(left, right, glance)
    var isExact = false
    for index in events.indices {
      let (value, noise) = (leftValues[index], startNoise[index])
      try look(at: index, left, right, from: value, noise: noise)
      guard mayOccur else {
        hasBeenAway[index] = hasBeenAway[index] || abs(leftValues[index]) > touchLevels[index]
        continue
      }
      if !isExact { try sample(left, right, interpolate) }
      isExact = true
      try look(at: index, left, right, from: value, noise: noise)
      for root in try roots(of: index, left, right, interpolate) { found.append((root.depth, index, root.isTouch)) }
    }
    guard !found.isEmpty else { return [] }
    found.sort { ($0.depth, $0.event) < ($1.depth, $1.event) }
    if let halt = found.firstIndex(where: { events[$0.event].isTerminal }) {
      found.removeSubrange((halt + 1)...)
      isHalted = true
    }
    return try found.map { depth, event, isTouch in
      var state = [Double](repeating: 0, count: dimension)
      try interpolate(depth, &state)
      return Trajectory.Occurrence(name: events[event].name, depth: depth, state: state, isTouch: isTouch)
    }
  }

  /// The same with one interpolant for all.
  mutating func occurrences(
    from left: Double, to right: Double,
    interpolate: (_ depth: Double, _ state: UnsafeMutablePointer<Double>) throws -> Void
  ) throws -> [Trajectory.Occurrence] {
    try occurrences(from: left, to: right, glance: interpolate, interpolate: interpolate)
  }

  /// Takes phi for zero until it has left the zero that it had at the start.
  private mutating func hushStart(of event: Int) {
    guard startNoise[event] > 0 else { return }
    for i in 1..<values.count {
      if abs(values[i]) > startNoise[event] {
        startNoise[event] = 0
        return
      }
      values[i] = 0
    }
  }

  private static func depth(_ sample: Int, _ left: Double, _ right: Double) -> Double {
    sample == shares.count - 1 ? right : left + shares[sample] * (right - left)
  }

  /// The states at the samples after the first.
  private mutating func sample(
    _ left: Double, _ right: Double, _ interpolate: (Double, UnsafeMutablePointer<Double>) throws -> Void
  ) throws {
    let d = dimension
    try states.withUnsafeMutableBufferPointer { buffer in
      for i in 1..<Self.shares.count { try interpolate(Self.depth(i, left, right), buffer.baseAddress! + (i - 1) * d) }
    }
  }

  /// One event's function at the samples.
  private mutating func look(at event: Int, _ left: Double, _ right: Double, from value: Double, noise: Double) throws {
    let function = events[event].function
    values[0] = value
    states.withUnsafeBufferPointer { buffer in
      for i in 1..<Self.shares.count {
        values[i] = function(Self.depth(i, left, right), buffer.baseAddress! + (i - 1) * dimension)
      }
    }
    startNoise[event] = noise
    hushStart(of: event)
    if !hasLeftZero[event] { hasLeftZero[event] = values.contains { $0 != 0 } }
    leftValues[event] = values[values.count - 1]
    if let bad = values.firstIndex(where: { !$0.isFinite }) {
      let state = Array(states[((bad - 1) * dimension)..<(bad * dimension)])
      throw IntegrationError(
        reason: .nonFiniteEvent(name: events[event].name), depth: Self.depth(bad, left, right), state: state)
    }
  }
}

extension EventLocator {
  private static let last = shares.count - 1

  /// Whether the samples change sign or betray an extremum towards zero; most steps end here.
  private var mayOccur: Bool {
    for i in 1...Self.last where values[i - 1] != 0 {
      if values[i] == 0 || (values[i] < 0) != (values[i - 1] < 0) { return true }
    }
    for i in 0...Self.last where dips(i) { return true }
    return false
  }

  /// Whether an extremum towards zero lies beside the i-th sample: nearer to zero than its neighbours of the same sign by
  /// more than rounding; at an end, where the slope towards zero there has all but vanished.
  private func dips(_ i: Int) -> Bool {
    let inner = min(max(i, 1), Self.last - 1)
    let (before, here, after) = (values[inner - 1], values[inner], values[inner + 1])
    guard (before < 0) == (here < 0), (after < 0) == (here < 0), here != 0 else { return false }
    let (a, b, c) = (abs(before), abs(here), abs(after))
    let (s, shares) = (inner, Self.shares)
    let (slopeBefore, slopeAfter) = ((a - b) / (shares[s] - shares[s - 1]), (c - b) / (shares[s + 1] - shares[s]))
    if i == 0 { return slopeBefore <= 0 && -slopeBefore < 0.05 * slopeAfter }
    if i == Self.last { return slopeAfter <= 0 && -slopeAfter < 0.05 * slopeBefore }
    return b <= a && b <= c && b < (1 - 1e-10) * max(a, c)
  }

  /// Whether phi, zero at the i-th sample, goes back to the side that it came from: at a step's end by its slope there.
  private func turnsBack(at i: Int) -> Bool {
    let before = values[i - 1]
    if i < Self.last { return values[i + 1] != 0 && (values[i + 1] < 0) == (before < 0) }
    let (s, shares) = (Self.last, Self.shares)
    let slope = abs(before) / (shares[s] - shares[s - 1])
    return slope < 0.05 * abs(values[s - 2] - before) / (shares[s - 1] - shares[s - 2])
  }

  /// The roots of one event on the step, ascending.
  private mutating func roots(
    of event: Int, _ left: Double, _ right: Double,
    _ interpolate: (Double, UnsafeMutablePointer<Double>) throws -> Void
  ) throws -> [(depth: Double, isTouch: Bool)] {
    var state = [Double](repeating: 0, count: dimension)
    let (function, name, direction) = (events[event].function, events[event].name, events[event].direction)
    func phi(_ depth: Double) throws -> Double {
      try interpolate(depth, &state)
      let value = function(depth, state)
      guard value.isFinite else {
        throw IntegrationError(reason: .nonFiniteEvent(name: name), depth: depth, state: state)
      }
      return value
    }
    var found: [(depth: Double, isTouch: Bool)] = []
    func note(_ depth: Double, falling: Bool, isTouch: Bool = false) throws {
      try interpolate(depth, &state)
      (touchLevels[event], hasBeenAway[event]) = (unknown(event, depth, state), false)
      if direction == .either || (direction == .falling) == falling { found.append((depth, isTouch)) }
    }
    for i in 0...Self.last {
      if abs(values[i]) > touchLevels[event] { hasBeenAway[event] = true }
      let (from, to) = (Self.depth(max(0, i - 1), left, right), Self.depth(i, left, right))
      let a = values[max(0, i - 1)]
      if i > 0, a != 0, values[i] == 0 {
        try note(to, falling: a > 0, isTouch: turnsBack(at: i))
      } else if i > 0, a != 0, (a < 0) != (values[i] < 0) {
        try note(RootSearch.root(from, a, to, values[i], phi), falling: a > 0)
      } else if dips(i) {
        let (next, beyond) = (min(i + 1, Self.last), Self.depth(min(i + 1, Self.last), left, right))
        let middle = i == 0 || i == Self.last ? 0.5 * (from + beyond) : to
        let extremum = try RootSearch.extremum(from, middle, beyond, sign: a > 0 ? 1 : -1, phi)
        try interpolate(extremum.depth, &state)
        if abs(extremum.value) <= unknown(event, extremum.depth, state) {
          if hasBeenAway[event] { try note(extremum.depth, falling: a > 0, isTouch: true) }
        } else if (extremum.value < 0) != (a < 0) {
          let (turn, value) = extremum
          try note(RootSearch.root(from, a, turn, value, phi), falling: a > 0)
          try note(RootSearch.root(turn, value, beyond, values[next], phi), falling: a < 0)
        }
      }
    }
    return found
  }

  /// The error of a method's states in units of its tolerances, as measured on a rotation by 1 to 6 turns at tolerances from 1e-6
  /// to 1e-10: at most 2.3 by Runge-Kutta methods; 0.2 to 25 by CVODE's, where this is the middle.
  static let oneStepError = 2.0
  static let multistepError = 8.0

  /// What the method's error leaves unknown of phi; without tolerances, what the rounding of many steps does.
  private func unknown(_ event: Int, _ depth: Double, _ state: [Double]) -> Double {
    guard let tolerances else {
      let rounding = 1e-12 * (state.map(abs).max() ?? 0)
      return Self.change(events[event].function, depth, state) { _ in rounding }
    }
    return Self.change(events[event].function, depth, state) { i in
      errorFactor * (tolerances.relative * abs(state[i]) + tolerances.absolute(i))
    }
  }

  /// How much phi changes with each component by its step and with depth by rounding, summed.
  private static func change(
    _ phi: Event.Function, _ depth: Double, _ state: [Double], step: (Int) -> Double
  ) -> Double {
    let here = phi(depth, state)
    var sum = abs(phi(depth + 4 * depth.ulp, state) - here)
    var moved = state
    for i in state.indices {
      let step = step(i)
      moved[i] = state[i] + step
      let up = abs(phi(depth, moved) - here)
      moved[i] = state[i] - step
      sum += max(up, abs(phi(depth, moved) - here))
      moved[i] = state[i]
    }
    return sum
  }
}
