/// What `count` samples show at one exit, and what a rule keeps of them: rows in buffers that the caller owns.
///
/// Rows of samples lie `...Stride` numbers apart. Memory is zero before exit 0; a rule sees the exits in their order.
public struct ExitObservation {
  /// k, below L.
  public let exit: Int
  /// L.
  public let blocks: Int
  public let count: Int
  /// z_k, as the rule's paths have them; only those of `RuleInputs.features` need to be there.
  public let features: UnsafePointer<Double>
  public let featureStride: Int
  /// Only where `RuleInputs.logits` says so.
  public let logits: UnsafePointer<Double>
  public let classCount: Int
  public let logitStride: Int
  /// `OnlineRule.memoryCount` numbers of each sample, which live from exit to exit.
  public let memory: UnsafeMutablePointer<Double>
  public let memoryStride: Int
  /// `OnlineRule.scratchCount` numbers.
  public let scratch: UnsafeMutablePointer<Double>

  public init(
    exit: Int, blocks: Int, count: Int, features: UnsafePointer<Double>, featureStride: Int,
    logits: UnsafePointer<Double>, classCount: Int, logitStride: Int, memory: UnsafeMutablePointer<Double>,
    memoryStride: Int, scratch: UnsafeMutablePointer<Double>
  ) {
    (self.exit, self.blocks, self.count) = (exit, blocks, count)
    (self.features, self.featureStride) = (features, featureStride)
    (self.logits, self.classCount, self.logitStride) = (logits, classCount, logitStride)
    (self.memory, self.memoryStride, self.scratch) = (memory, memoryStride, scratch)
  }

  /// Asks `rule` about each sample's features, logits and memory.
  @inline(__always)
  func decide(
    into stops: UnsafeMutablePointer<Bool>,
    _ rule: (UnsafePointer<Double>, UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Bool
  ) {
    for sample in 0..<count {
      stops[sample] = rule(
        features + sample * featureStride, logits + sample * logitStride, memory + sample * memoryStride)
    }
  }
}
