import DepthNumerics

/// The buffers of one group of paths on its walk, and the walk.
///
/// Works on one thread. Memory: paths x (window x m + 3 m + schemes x (2 d + m + scratch)) doubles, allocated once.
struct WalkingGroup<Law: Diffusion> {
  private struct Walker {
    let method: any StochasticMethod
    let stride: Int
    /// Whether depths to save at are steps' ends: an exact law must be drawn in order of depth.
    let endsAtSavedDepths: Bool
    var states: UnsafeMutablePointer<Double>
    /// Where the next states are formed.
    var next: UnsafeMutablePointer<Double>
    /// The increment of W since the last step's end.
    let increment: UnsafeMutablePointer<Double>
    let scratch: UnsafeMutablePointer<Double>
    /// The last step's end.
    var left: Double
  }

  private let plan: BrownianWalk<Law>
  private let paths: Range<Int>
  private let d: Int
  private let m: Int
  /// Blocks whose normals are drawn in one go.
  private let window: Int
  private let buffer: UnsafeMutablePointer<Double>
  private let normals: UnsafeMutablePointer<Double>
  /// The increments of W over the block, and over its part up to a depth inside it.
  private let whole: UnsafeMutablePointer<Double>
  private let part: UnsafeMutablePointer<Double>
  /// From a walker's last step's end to a depth inside its step.
  private let sideIncrement: UnsafeMutablePointer<Double>
  private let walkers: [Walker]

  init(_ plan: BrownianWalk<Law>, paths: Range<Int>) {
    let diffusion = plan.problem.diffusion
    let (d, m) = (diffusion.dimension, diffusion.noiseStructure == .none ? 0 : diffusion.noiseDimension)
    (self.plan, self.paths, self.d, self.m) = (plan, paths, d, m)
    let n = paths.count
    window = max(1, min(64, 4096 / max(1, m)))
    let scratch = plan.schemes.map { $0.method.scratchCount(for: diffusion, paths: n) }
    let shared = n * window * m + 3 * n * m
    let total = shared + plan.schemes.count * n * (2 * d + m) + scratch.reduce(0, +)
    buffer = .allocate(capacity: max(1, total))
    buffer.initialize(repeating: 0, count: max(1, total))
    normals = buffer
    whole = normals + n * window * m
    part = whole + n * m
    sideIncrement = part + n * m
    var free = sideIncrement + n * m
    walkers = zip(plan.schemes, scratch).map { scheme, scratch in
      let walker = Walker(
        method: scheme.method, stride: scheme.stride,
        endsAtSavedDepths: scheme.method.weakOrder == .infinity && diffusion.transitionExactness == .law, states: free,
        next: free + n * d, increment: free + 2 * n * d,
        scratch: free + n * (2 * d + m), left: plan.problem.start)
      free += n * (2 * d + m) + scratch
      for row in 0..<n {
        for i in 0..<d { walker.states[row * d + i] = plan.problem.initialState[i] }
      }
      return walker
    }
  }

  func deallocate() { buffer.deallocate() }

  /// See `BrownianWalk.run`.
  func walk(
    shouldStop: () -> Bool, visit: (_ saved: Int, _ states: [UnsafePointer<Double>]) -> Void
  ) throws -> Int {
    var walkers = walkers
    var streams = paths.map { RandomStream(seed: plan.seed, stream: UInt64($0)) }
    var bridges = paths.map { RandomStream(seed: plan.seed, stream: UInt64($0) | 1 << 63) }
    var (next, confined) = (0, 0)
    if plan.savesStart {
      visit(0, walkers.map { UnsafePointer($0.states) })
      next = 1
    }
    for block in 0..<plan.blocks {
      if block % window == 0 {
        if shouldStop() { throw SimulationInterrupted() }
        draw(min(window, plan.blocks - block), &streams)
      }
      let (left, right) = plan.ends(of: block)
      gather(block % window, scale: (right - left).squareRoot())
      let saved = plan.saved(in: block, from: next)
      var position = left
      if !saved.inside.isEmpty { part.update(repeating: 0, count: paths.count * m) }
      for index in saved.inside {
        let depth = plan.depths[index]
        bridge(over: depth - position, of: right - position, &bridges)
        visit(index, try walkers.indices.map { try stepInside(&walkers[$0], to: depth) })
        position = depth
      }
      for w in walkers.indices {
        add(whole, to: walkers[w].increment)
        guard (block + 1) % walkers[w].stride == 0 || block + 1 == plan.blocks else { continue }
        let moved = try advance(&walkers[w], to: right)
        if w == 0 { confined += moved }
      }
      if let end = saved.end {
        visit(
          end, try walkers.map { $0.left == right ? UnsafePointer($0.states) : try sideStep($0, to: right) })
      }
      next = saved.end.map { $0 + 1 } ?? saved.inside.upperBound
    }
    return confined
  }

  /// The normals of the next blocks of every path, each from its own stream.
  private func draw(_ blocks: Int, _ streams: inout [RandomStream]) {
    guard m > 0 else { return }
    for row in streams.indices {
      streams[row].bulkNormals(into: UnsafeMutableBufferPointer(start: normals + row * window * m, count: blocks * m))
    }
  }

  /// The increments of one block, scaled, path after path.
  private func gather(_ offset: Int, scale: Double) {
    for row in 0..<paths.count {
      let (from, to) = (normals + (row * window + offset) * m, whole + row * m)
      for j in 0..<m { to[j] = scale * from[j] }
    }
  }

  /// Adds to `part` the increment over the next `length` of what remains of the block, given the whole: Brownian bridge.
  private func bridge(over length: Double, of rest: Double, _ bridges: inout [RandomStream]) {
    guard m > 0 else { return }
    let share = length / rest
    let deviation = (max(0, length * (1 - share))).squareRoot()
    for row in bridges.indices {
      let (whole, part, draw) = (whole + row * m, part + row * m, sideIncrement + row * m)
      bridges[row].bulkNormals(into: UnsafeMutableBufferPointer(start: draw, count: m))
      for j in 0..<m { part[j] += share * (whole[j] - part[j]) + deviation * draw[j] }
    }
  }

  private func add(_ increment: UnsafeMutablePointer<Double>, to sum: UnsafeMutablePointer<Double>) {
    for i in 0..<(paths.count * m) { sum[i] += increment[i] }
  }

  /// One step to `depth`; returns how many states had to be put back into the state space.
  private func advance(_ walker: inout Walker, to depth: Double) throws -> Int {
    let moved = try step(walker, to: depth, walker.increment)
    swap(&walker.states, &walker.next)
    walker.left = depth
    walker.increment.update(repeating: 0, count: paths.count * m)
    return moved
  }

  /// States at the end of a block inside the walker's step, which goes on from its left end afterwards.
  private func sideStep(_ walker: Walker, to depth: Double) throws -> UnsafePointer<Double> {
    _ = try step(walker, to: depth, walker.increment)
    return UnsafePointer(walker.next)
  }

  /// States at a depth inside the block, up to which W has gone by `part`: a side step, or a step of its own.
  private func stepInside(_ walker: inout Walker, to depth: Double) throws -> UnsafePointer<Double> {
    let count = paths.count * m
    for i in 0..<count { sideIncrement[i] = walker.increment[i] + part[i] }
    _ = try step(walker, to: depth, sideIncrement)
    guard walker.endsAtSavedDepths else { return UnsafePointer(walker.next) }
    swap(&walker.states, &walker.next)
    walker.left = depth
    // what the block's whole increment will hold too much
    for i in 0..<count { walker.increment[i] = -part[i] }
    return UnsafePointer(walker.states)
  }

  private func step(_ walker: Walker, to depth: Double, _ increments: UnsafePointer<Double>) throws -> Int {
    let diffusion = plan.problem.diffusion
    walker.method.advance(
      diffusion, depth: walker.left, step: depth - walker.left, states: walker.states, increments: increments,
      paths: paths.count, scratch: walker.scratch, into: walker.next)
    if !isTame(walker.next, paths.count * d) { throw failure(walker) }
    return diffusion.confine(walker.next, count: paths.count)
  }

  /// The first path that left the usable numbers, with its last good state.
  private func failure(_ walker: Walker) -> IntegrationError {
    let bad = (0..<(paths.count * d)).first { !(abs(walker.next[$0]) < 0x1p333) } ?? 0
    let row = bad / d
    return IntegrationError(
      reason: .nonFinitePath(path: paths.lowerBound + row, component: bad % d), depth: walker.left,
      state: Array(UnsafeBufferPointer(start: walker.states + row * d, count: d)))
  }
}

/// Whether all numbers are below 2^333 (1.7e100) in magnitude, so that squares and their sums stay finite; without
/// branches, so that it runs at memory speed.
private func isTame(_ x: UnsafePointer<Double>, _ count: Int) -> Bool {
  // a biased exponent of 1356 or more carries into the sign bit
  var carried: UInt64 = 0
  for i in 0..<count { carried |= (x[i].bitPattern & 0x7FF0_0000_0000_0000) &+ (2048 - 1356) << 52 }
  return carried >> 63 == 0
}
