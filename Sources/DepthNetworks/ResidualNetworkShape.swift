import DepthDynamics
import DepthRuns
public import DepthStopping

/// Sizes of a residual network and where its parameters lie in one flat buffer.
///
/// `h_0 = W_e x + b_e`, `h_{k+1} = h_k + Delta f_k(h_k)` with `f_k` a `TanhResidualCore`, Delta = T/L; at every exit k = 0...L a
/// head `logits = U_k h_k + v_k`, at exits 0...L-1 a gate `lambda_k = sigmoid(w_k . h_k + beta_k)`; `lambda_L = 1`.
/// Order in the buffer: W_e (d x inputs), b_e; the blocks; per exit U_k (classes x d), v_k; per gate w_k (d), beta_k.
public struct ResidualNetworkShape: Equatable, Sendable {
  public let inputCount: Int
  /// d.
  public let stateDimension: Int
  /// m, hidden width of a block.
  public let width: Int
  /// L.
  public let blocks: Int
  /// T.
  public let depthHorizon: Double
  public let classCount: Int

  public init(
    inputCount: Int, stateDimension: Int, width: Int, blocks: Int, depthHorizon: Double, classCount: Int
  ) {
    precondition(
      inputCount > 0 && stateDimension > 0 && width > 0 && blocks > 0 && depthHorizon > 0 && classCount > 1,
      "sizes \(inputCount), \(stateDimension), \(width), \(blocks), \(depthHorizon), \(classCount)")
    self.inputCount = inputCount
    self.stateDimension = stateDimension
    self.width = width
    self.blocks = blocks
    self.depthHorizon = depthHorizon
    self.classCount = classCount
  }

  public var core: TanhResidualCore { TanhResidualCore(dimension: stateDimension, width: width) }
  /// Delta = T/L.
  public var blockSize: Double { depthHorizon / Double(blocks) }
  public var exits: Int { blocks + 1 }

  var embeddingBias: Int { stateDimension * inputCount }
  func block(_ k: Int) -> Int { embeddingBias + stateDimension + k * core.parameterCount }
  var headSize: Int { classCount * (stateDimension + 1) }
  func head(_ k: Int) -> Int { block(blocks) + k * headSize }
  func headBias(_ k: Int) -> Int { head(k) + classCount * stateDimension }
  func gate(_ k: Int) -> Int { head(exits) + k * (stateDimension + 1) }
  func gateBias(_ k: Int) -> Int { gate(k) + stateDimension }
  public var parameterCount: Int { gate(blocks) }

  /// Floating-point operations by exit (multiply and add count two).
  public var exitOperations: ExitOperations {
    let (d, block) = (Double(stateDimension), 4 * Double(stateDimension) * Double(width))
    return ExitOperations(
      trunk: (0..<exits).map { 2 * d * Double(inputCount) + Double($0) * block },
      head: [Double](repeating: 2 * d * Double(classCount), count: exits),
      gate: (0..<exits).map { $0 < blocks ? 2 * d : 0 })
  }

  /// Floating-point operations to reach exit k, its head and the gates on the way included.
  public func operations(toExit k: Int) -> Double { exitOperations.totals(reading: .gates)[k] }
}
