import DepthRuns

/// A loss of the state at the end of the flow, `l(h(T))`; of several samples, the mean of theirs.
public struct TerminalLoss: Sendable {
  public typealias Value = @Sendable (_ sample: Int, _ state: UnsafePointer<Double>) -> Double
  public typealias Gradient =
    @Sendable (_ sample: Int, _ state: UnsafePointer<Double>, _ result: UnsafeMutablePointer<Double>) -> Void

  /// l of one sample.
  public let value: Value
  /// `dl/dh` of one sample, into `dimension` doubles.
  public let gradient: Gradient

  public init(value: @escaping Value, gradient: @escaping Gradient) {
    self.value = value
    self.gradient = gradient
  }

  /// `||h(T) - y||^2 / 2` with a target y per sample (rows), or one for all.
  ///
  /// - Throws: `InputError.usage` unless the targets are one or `count` rows of `dimension` finite numbers.
  public static func halfSquaredDistance(to targets: [Double], dimension d: Int, count: Int) throws -> TerminalLoss {
    guard targets.count == d || targets.count == d * count else {
      throw InputError.usage(
        "the target has \(targets.count) entries; allowed: \(d) (one for all samples) or \(d * count) (a row a sample)")
    }
    guard targets.allSatisfy(\.isFinite) else { throw InputError.usage("the target holds a number that is not finite") }
    let isShared = targets.count == d
    return TerminalLoss(
      value: { sample, state in
        let offset = isShared ? 0 : sample * d
        var sum = 0.0
        for i in 0..<d {
          let difference = state[i] - targets[offset + i]
          sum += difference * difference
        }
        return 0.5 * sum
      },
      gradient: { sample, state, result in
        let offset = isShared ? 0 : sample * d
        for i in 0..<d { result[i] = state[i] - targets[offset + i] }
      })
  }
}
