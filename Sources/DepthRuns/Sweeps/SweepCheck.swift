import Dispatch
import Synchronization

/// Everything about a plan that can be refused before anything runs.
extension SweepResolver {
  /// Resolves every task, holds it against `validate`, and finds tasks that are the same.
  ///
  /// - Parameter validate: throws `InputError` for a configuration that its command refuses; called from `threads` threads.
  /// - Returns: the tasks' identities in order.
  /// - Throws: `InputError` of the first bad task, with its name in front.
  public func check(
    threads: Int, validate: @Sendable @escaping (SweepTask) throws -> Void
  ) throws -> [SweepIdentity] {
    let count = plan.count
    let failure = Mutex<(task: Int, error: any Error)?>(nil)
    var identities = [SweepIdentity](repeating: SweepIdentity(high: 0, low: 0), count: count)
    let chunk = max(1, min(256, count / max(1, threads)))
    identities.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let buffer = buffer
      DispatchQueue.concurrentPerform(iterations: (count + chunk - 1) / chunk) { part in
        let isHopeless = failure.withLock { $0.map { $0.task < part * chunk } ?? false }
        guard !isHopeless else { return }
        for index in (part * chunk)..<min(count, (part + 1) * chunk) {
          do {
            buffer[index] = try checked(index, validate)
          } catch {
            failure.withLock { if $0.map({ index < $0.task }) ?? true { $0 = (index, error) } }
            return
          }
        }
      }
    }
    if let first = failure.withLock({ $0 }) { throw first.error }
    try refuseTwins(identities)
    return identities
  }

  private func checked(_ index: Int, _ validate: (SweepTask) throws -> Void) throws -> SweepIdentity {
    let task = try task(index)
    do {
      try validate(task)
    } catch let error as InputError {
      throw error.at(task.name)
    } catch {
      throw InputError.data("\(task.name): \(error)")
    }
    return task.identity
  }

  /// By sorting: 4 bytes a task, where a dictionary takes fifty.
  private func refuseTwins(_ identities: [SweepIdentity]) throws {
    var order = identities.indices.map { UInt32($0) }
    order.sort { (identities[Int($0)], $0) < (identities[Int($1)], $1) }
    let twins = zip(order, order.dropFirst()).filter { identities[Int($0)] == identities[Int($1)] }
    guard let (twin, index) = twins.min(by: { $0.1 < $1.1 }) else { return }
    throw InputError.data(
      "\(plan.point(Int(twin)).name) and \(plan.point(Int(index)).name) are the same task; allowed: each once")
  }
}
