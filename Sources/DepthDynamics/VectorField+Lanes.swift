/// Eight samples side by side: what a SIMD register holds.
public enum Lanes {
  public static let count = 8

  /// Sample `lane` of a component-major block into a row of `dimension` entries.
  @inlinable
  public static func gather(
    _ block: UnsafePointer<Double>, lane: Int, dimension: Int, into row: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<dimension { row[i] = block[8 * i + lane] }
  }

  /// The same from a block of `width` samples, 1 or 8.
  static func copy(
    _ block: UnsafePointer<Double>, lane: Int, width: Int, dimension: Int, into row: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<dimension { row[i] = block[i * width + lane] }
  }

  /// A row of `dimension` entries into sample `lane` of a component-major block.
  @inlinable
  public static func scatter(
    _ row: UnsafePointer<Double>, lane: Int, dimension: Int, into block: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<dimension { block[8 * i + lane] = row[i] }
  }
}

extension VectorField {
  public func evaluateLanes(
    depths: UnsafePointer<Double>, states: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) {
    evaluateLaneByLane(depths: depths, states: states, into: result)
  }

  /// Eight samples one after the other.
  func evaluateLaneByLane(
    depths: UnsafePointer<Double>, states: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) {
    let d = dimension
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * d) { buffer in
      let (row, slope) = (buffer.baseAddress!, buffer.baseAddress! + d)
      for lane in 0..<Lanes.count {
        Lanes.gather(states, lane: lane, dimension: d, into: row)
        evaluate(depth: depths[lane], state: row, into: slope)
        Lanes.scatter(slope, lane: lane, dimension: d, into: result)
      }
    }
  }

  public var functions: FieldFunctions {
    FieldFunctions(
      dimension: dimension, evaluate: { evaluate(depth: $0, state: $1, into: $2) },
      evaluateLanes: { evaluateLanes(depths: $0, states: $1, into: $2) },
      jacobian: { jacobian(depth: $0, state: $1, into: $2) },
      applyJacobian: { applyJacobian(depth: $0, state: $1, vector: $2, into: $3) })
  }
}

/// One field behind closures: a driver that holds it needs no generics, and each closure was compiled for its field.
public struct FieldFunctions: Sendable {
  public typealias Function =
    @Sendable (_ depth: Double, _ state: UnsafePointer<Double>, _ result: UnsafeMutablePointer<Double>) -> Void
  public typealias LaneFunction =
    @Sendable (
      _ depths: UnsafePointer<Double>, _ states: UnsafePointer<Double>, _ result: UnsafeMutablePointer<Double>
    ) -> Void

  public let dimension: Int
  public let evaluate: Function
  public let evaluateLanes: LaneFunction
  public let jacobian: Function
  public let applyJacobian:
    @Sendable (
      _ depth: Double, _ state: UnsafePointer<Double>, _ vector: UnsafePointer<Double>,
      _ result: UnsafeMutablePointer<Double>
    ) -> Void
}
