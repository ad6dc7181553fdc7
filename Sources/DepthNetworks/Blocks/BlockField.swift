public import DepthDynamics
import DepthNumerics
import Synchronization

/// Any residual block with its weights as a vector field, in double precision: the f that the network's layer adds.
///
/// Vector-Jacobian products are the block's own backward pass, Jacobians rows of them, Jacobian-vector products central
/// differences. Workspaces are kept for reuse, one for each thread at work.
public struct BlockField: DifferentiableField {
  public let kind: BlockKind
  public let parameters: [Double]
  public let dimension: Int
  private let workspaces: BlockWorkspacePool

  public init(kind: BlockKind, parameters: [Double]) {
    let block = kind.block
    precondition(
      parameters.count == block.parameterCount, "\(parameters.count) weights, the block has \(block.parameterCount)")
    self.kind = kind
    self.parameters = parameters
    dimension = block.stateCount
    workspaces = BlockWorkspacePool(block)
  }

  public var parameterCount: Int { parameters.count }

  public func replacing(parameters: [Double]) -> BlockField { BlockField(kind: kind, parameters: parameters) }

  public func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    workspaces.withWorkspace { workspace in
      kind.evaluate(parameters, states: state, count: 1, workspace: workspace, into: result)
    }
  }

  public func pullback(
    depth: Double, state: UnsafePointer<Double>, cotangent: UnsafePointer<Double>,
    stateGradient: UnsafeMutablePointer<Double>, parameterGradient: UnsafeMutablePointer<Double>?
  ) {
    workspaces.withWorkspace { workspace in
      kind.evaluate(parameters, states: state, count: 1, workspace: workspace, into: stateGradient)
      stateGradient.update(repeating: 0, count: dimension)
      kind.pullback(
        parameters, states: state, count: 1, workspace: workspace, cotangent: cotangent, scale: 1,
        gradient: parameterGradient, stateGradient: stateGradient)
    }
  }

  /// Row i of J is the vector-Jacobian product with the unit vector e_i.
  public func jacobian(depth: Double, state: UnsafePointer<Double>, into columns: UnsafeMutablePointer<Double>) {
    let d = dimension
    workspaces.withWorkspace { workspace in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * d) { buffer in
        let (unit, row) = (buffer.baseAddress!, buffer.baseAddress! + d)
        unit.initialize(repeating: 0, count: d)
        kind.evaluate(parameters, states: state, count: 1, workspace: workspace, into: row)
        for i in 0..<d {
          unit[i] = 1
          row.update(repeating: 0, count: d)
          kind.pullback(
            parameters, states: state, count: 1, workspace: workspace, cotangent: unit, scale: 1, gradient: nil,
            stateGradient: row)
          unit[i] = 0
          for j in 0..<d { columns[j * d + i] = row[j] }
        }
      }
    }
  }
}

/// Workspaces of one block for single states, handed out to one user at a time.
final class BlockWorkspacePool: @unchecked Sendable {
  // the lock guards the list; a workspace that is handed out is nobody else's
  private struct Entry {
    let workspace: BlockWorkspace<Double>
    let scratch: WorkspaceMemory
  }

  private let block: any ResidualBlock
  private let lock = Mutex(())
  private var free: [Entry] = []

  init(_ block: any ResidualBlock) { self.block = block }

  func withWorkspace<Result>(_ body: (BlockWorkspace<Double>) throws -> Result) rethrows -> Result {
    let entry = lock.withLock { _ in free.popLast() } ?? makeEntry()
    defer { lock.withLock { _ in free.append(entry) } }
    return try body(entry.workspace)
  }

  private func makeEntry() -> Entry {
    let memory = WorkspaceMemory()
    return Entry(
      workspace: block.makeWorkspace(capacity: 1, scratch: memory.allocate(block.scratchCount)), scratch: memory)
  }
}
