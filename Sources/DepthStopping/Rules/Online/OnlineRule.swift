/// A rule that decides exit by exit, while a network runs: the one definition of its tau, on recorded paths and in inference.
///
/// The decision on a sample depends on that sample alone, never on the others of its batch. The last exit is not asked about: it
/// always stops. Rules that see labels have no such form.
public protocol OnlineRule: StoppingRule {
  var inputs: RuleInputs { get }

  /// Numbers that the rule keeps of a sample from one exit to the next.
  var memoryCount: Int { get }

  /// Numbers of working space, whatever the count of samples.
  var scratchCount: Int { get }

  /// Whether each of `shown.count` samples stops at the exit shown. Allocates nothing.
  func decide(_ shown: ExitObservation, into stops: UnsafeMutablePointer<Bool>)
}

extension OnlineRule {
  public var memoryCount: Int { 0 }
  public var scratchCount: Int { 0 }

  /// tau of recorded samples, each exit shown in its turn. O(n L) decisions.
  public func stoppingDepths(_ paths: StoppingPaths) -> [Int] {
    let (n, exits, blocks, chunk) = (paths.sampleCount, paths.exitCount, paths.blockCount, 64)
    let (m, classes) = (paths.featureCount, paths.classCount)
    let memory = UnsafeMutablePointer<Double>.allocate(capacity: chunk * memoryCount + scratchCount + 1)
    let stops = UnsafeMutablePointer<Bool>.allocate(capacity: chunk)
    defer {
      memory.deallocate()
      stops.deallocate()
    }
    var depths = [Int](repeating: blocks, count: n)
    paths.features.withUnsafeBufferPointer { features in
      paths.logits.withUnsafeBufferPointer { logits in
        for start in stride(from: 0, to: n, by: chunk) {
          let count = min(chunk, n - start)
          memory.update(repeating: 0, count: chunk * memoryCount + scratchCount + 1)
          var (exit, undecided) = (0, count)
          while exit < blocks, undecided > 0 {
            // paths without features or logits have no row to point at, and no rule on them reads one
            let shown = ExitObservation(
              exit: exit, blocks: blocks, count: count,
              features: features.baseAddress.map { $0 + (start * exits + exit) * m } ?? UnsafePointer(memory),
              featureStride: exits * m,
              logits: logits.baseAddress.map { $0 + (start * exits + exit) * classes } ?? UnsafePointer(memory),
              classCount: classes, logitStride: exits * classes, memory: memory, memoryStride: memoryCount,
              scratch: memory + chunk * memoryCount)
            decide(shown, into: stops)
            for sample in 0..<count where stops[sample] && depths[start + sample] == blocks {
              depths[start + sample] = exit
              undecided -= 1
            }
            exit += 1
          }
        }
      }
    }
    return depths
  }
}
