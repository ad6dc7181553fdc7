import DepthNumerics

/// The paths of an ensemble in groups of fixed size: groups run in parallel, what they found is merged in their order, so
/// that results do not depend on the number of threads.
struct PathGroups {
  let pathCount: Int
  let groupSize: Int
  let threads: Int

  private var count: Int { (pathCount + groupSize - 1) / groupSize }
  /// Groups that run before their parts are merged; bounds the memory of parts.
  static func perRound(threads: Int) -> Int { 4 * threads }

  /// - Throws: what the first group that failed threw.
  func run<Part: Sendable>(
    progress: (_ done: Int, _ total: Int) -> Void, body: @escaping @Sendable (Range<Int>) throws -> Part,
    merge: (Part) -> Void
  ) throws {
    let (size, total) = (groupSize, pathCount)
    let perRound = Self.perRound(threads: threads)
    for first in stride(from: 0, to: count, by: perRound) {
      let parts = Parallel.map(min(perRound, count - first), threads: threads) { index -> Result<Part, any Error> in
        let start = (first + index) * size
        return Result { try body(start..<min(total, start + size)) }
      }
      for part in parts { merge(try part.get()) }
      progress(min(total, (first + perRound) * size), total)
    }
  }
}
