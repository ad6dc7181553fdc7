import Dispatch

/// Independent work items over threads.
public enum Parallel {
  /// Runs `body(0)`, ..., `body(count - 1)`, at most `threads` at a time; 1 runs in order on the caller's thread.
  ///
  /// Items must not write to shared state; results are then the same for any number of threads.
  public static func forEach(_ count: Int, threads: Int, _ body: @Sendable (Int) -> Void) {
    let workers = min(threads, count)
    guard workers > 1 else {
      for item in 0..<count { body(item) }
      return
    }
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      var item = worker
      while item < count {
        body(item)
        item += workers
      }
    }
  }

  /// `body` of each index, in order.
  public static func map<Result: Sendable>(
    _ count: Int, threads: Int, _ body: @Sendable (Int) -> Result
  ) -> [Result] {
    // filling an empty array writes into storage that all threads share
    guard count > 0 else { return [] }
    return [Result](unsafeUninitializedCapacity: count) { buffer, initialized in
      let base = SendablePointer(buffer.baseAddress)
      forEach(count, threads: threads) { item in
        guard let pointer = base.pointer else { return }
        (pointer + item).initialize(to: body(item))
      }
      initialized = count
    }
  }
}

/// A pointer whose user guarantees that concurrent items touch disjoint elements.
public struct SendablePointer<Element>: @unchecked Sendable {
  public let pointer: UnsafeMutablePointer<Element>?
  public init(_ pointer: UnsafeMutablePointer<Element>?) { self.pointer = pointer }
}
