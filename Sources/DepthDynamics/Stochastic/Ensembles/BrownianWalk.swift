import DepthNumerics
import DepthRuns

/// A long simulation was asked to stop before its end.
public struct SimulationInterrupted: Error, CustomStringConvertible, Equatable, Sendable {
  public var description: String { "the simulation was interrupted" }
}

/// A group of paths, each walked by several schemes at once on the same Brownian path.
///
/// The finest grid has `blocks` equal steps; a scheme of stride r takes every r-th end of it and the last, and its increments
/// of W are sums of the fine ones. Path p draws from stream p of the seed alone, block after block. A depth to save at that
/// is no step's end gets a side step from the last end, with an increment drawn from the Brownian bridge (stream p + 2^63):
/// it does not change the path.
struct BrownianWalk<Law: Diffusion>: Sendable {
  struct Scheme: Sendable {
    let method: any StochasticMethod
    let stride: Int
  }

  let problem: DiffusionProblem<Law>
  let schemes: [Scheme]
  /// L of the finest grid.
  let blocks: Int
  /// Ascending, inside [start, end].
  let depths: [Double]
  let seed: UInt64

  /// - Throws: `InputError.usage` where a scheme does not apply or would step over a jump of the diffusion, and for depths
  ///   that are not ascending inside the interval.
  init(
    _ problem: DiffusionProblem<Law>, schemes: [Scheme], blocks: Int, saving depths: [Double], seed: UInt64
  ) throws {
    self.problem = problem
    self.schemes = schemes
    self.blocks = blocks
    self.depths = depths
    self.seed = seed
    guard blocks > 0, blocks <= 1_000_000_000 else {
      throw InputError.value(blocks, of: "blocks", allowed: "1 to 1000000000")
    }
    for scheme in schemes {
      try scheme.method.requireApplicable(to: problem.diffusion)
      if let jump = Self.jumpInsideStep(problem, blocks: blocks, stride: scheme.stride) {
        throw InputError.usage(
          "the dynamics jump at depth \(jump), inside one of \(blocks / scheme.stride) steps; allowed: numbers of blocks whose step ends meet every jump"
        )
      }
    }
    for (index, depth) in depths.enumerated() {
      guard depth >= problem.start, depth <= problem.end else {
        throw InputError.value(depth, of: "a depth to save at", allowed: "\(problem.start) to \(problem.end)")
      }
      guard index == 0 || depth - depths[index - 1] > 2 * slack else {
        throw InputError.value(depth, of: "a depth to save at", allowed: "ascending, each once")
      }
    }
  }

  /// The first jump of the diffusion that no step end meets; nil when all do.
  static func jumpInsideStep(_ problem: DiffusionProblem<Law>, blocks: Int, stride: Int) -> Double? {
    problem.diffusion.discontinuities.first { jump in
      guard jump > problem.start, jump < problem.end else { return false }
      let position = (jump - problem.start) / (problem.end - problem.start) * Double(blocks) / Double(stride)
      return abs(position - position.rounded()) > 1e-9 * max(1, position)
    }
  }

  /// Paths in a group: whole cache lines of work for one call, and at most a few megabytes of buffers.
  static func groupSize(_ diffusion: Law) -> Int {
    max(1, min(64, 65_536 / max(1, diffusion.dimension, diffusion.noiseEntries)))
  }

  /// Depths closer than this are one: k T / L and a typed depth round differently.
  private var slack: Double { 1e-12 * max(abs(problem.start), abs(problem.end)) }

  /// The depth at the end of `count` blocks, the last one exactly the end.
  private func depth(after count: Int) -> Double {
    count == blocks
      ? problem.end : problem.start + (problem.end - problem.start) * Double(count) / Double(blocks)
  }

  /// Walks the paths; `visit` gets the index of each saved depth and the states there, one buffer a scheme (paths x d).
  ///
  /// Returns how many states of the first scheme were put back into the state space.
  /// - Throws: `IntegrationError` naming path, component and depth; `SimulationInterrupted`.
  func run(
    paths: Range<Int>, shouldStop: () -> Bool, visit: (_ saved: Int, _ states: [UnsafePointer<Double>]) -> Void
  ) throws -> Int {
    let group = WalkingGroup(self, paths: paths)
    defer { group.deallocate() }
    return try group.walk(shouldStop: shouldStop, visit: visit)
  }

  /// The saved depths inside block k from `next` on, and the one at its end.
  func saved(in block: Int, from next: Int) -> (inside: Range<Int>, end: Int?) {
    let right = depth(after: block + 1)
    var index = next
    while index < depths.count, depths[index] < right - slack { index += 1 }
    let isEnd = index < depths.count && depths[index] <= right + slack
    return (next..<index, isEnd ? index : nil)
  }

  func ends(of block: Int) -> (left: Double, right: Double) { (depth(after: block), depth(after: block + 1)) }

  /// Whether the first depth is the start itself.
  var savesStart: Bool { depths.first.map { $0 <= problem.start + slack } ?? false }
}
