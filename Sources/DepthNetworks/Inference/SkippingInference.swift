public import DepthNumerics
public import DepthStopping

/// Inference that really skips: a batch of requests runs block by block, those that halt leave, the rest move together.
///
/// After each exit the rule decides; of what halts, the logits go out, and later blocks see only what is left, in rows next to each
/// other. An exit's head is computed only where a rule reads it or a request halts there, its gate likewise. A request halts at
/// the last exit if nowhere else, and may have a rule of its own among several (one for each running cost).
///
/// A batch is cut into chunks of `chunkSize`, spread over threads, so that results do not depend on the number of threads; they
/// depend on the chunk's other samples only through rounding: products of other sizes may sum in another order. All buffers are
/// made at the start; a run allocates nothing. One run at a time.
public final class SkippingInference<Scalar: MatrixScalar>: @unchecked Sendable {
  public let architecture: NetworkArchitecture
  public let rules: [any OnlineRule]
  /// The most requests of one run.
  public let batchSize: Int
  /// Which heads and gates the rules make it compute.
  public let reading: ExitReading
  private let chunkSize: Int
  private let parameters: UnsafeMutablePointer<Scalar>
  private let depths: UnsafeMutablePointer<Int>
  private let answers: UnsafeMutablePointer<Scalar>
  /// One for each thread.
  private let workers: [SkippingChunk<Scalar>]
  private let memory: WorkspaceMemory
  private var count = 0

  /// Requests that are worked on together, unless told otherwise.
  public static var defaultChunkSize: Int { 64 }

  /// - Parameters:
  ///   - network: one answer a sample; for answers at every token see `TokenHalting`.
  ///   - rules: not empty; fitted on paths of this network with `StoppingPaths.standardFeatures`.
  public init(
    _ network: ResidualNetwork, rules: [any OnlineRule], batchSize: Int, threads: Int = 1,
    chunkSize: Int = SkippingInference.defaultChunkSize
  ) {
    precondition(
      !rules.isEmpty && batchSize > 0 && threads > 0 && chunkSize > 0,
      "\(rules.count) rules, batches of \(batchSize) in chunks of \(chunkSize) on \(threads) threads")
    let architecture = network.architecture
    precondition(architecture.answersPerSample == 1, "\(architecture.answersPerSample) answers a sample, allowed: 1")
    let needs = ExitNeeds(rules.map(\.inputs))
    (self.architecture, self.rules, self.batchSize) = (architecture, rules, batchSize)
    self.chunkSize = min(chunkSize, batchSize)
    reading = needs.reading
    let memory = WorkspaceMemory()
    let parameters: UnsafeMutablePointer<Scalar> = memory.allocate(network.parameters.count)
    for (index, value) in network.parameters.enumerated() { parameters[index] = Scalar(value) }
    (self.memory, self.parameters) = (memory, parameters)
    depths = memory.allocate(batchSize)
    answers = memory.allocate(batchSize * architecture.classCount)
    let capacity = min(chunkSize, batchSize)
    workers = (0..<min(threads, (batchSize + capacity - 1) / capacity)).map { _ in
      SkippingChunk(architecture, rules, needs, capacity: capacity)
    }
  }

  /// Runs `count` requests, `inputs` a row each; their answers stay until the next run.
  ///
  /// - Parameter assigned: the index of each request's rule; nil for the first.
  // called from another module a generic function runs on witness tables: measured, that cost more than the blocks saved
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func run(_ inputs: UnsafePointer<Scalar>, count: Int, rules assigned: UnsafePointer<Int>? = nil) {
    precondition((1...batchSize).contains(count), "\(count) requests, a batch holds \(batchSize)")
    self.count = count
    let requests = Requests(inputs: inputs, rules: assigned)
    Parallel.forEach(workers.count, threads: workers.count) { worker in
      var start = worker * chunkSize
      while start < count {
        workers[worker].run(
          parameters, inputs: requests.inputs + start * architecture.inputCount, count: min(chunkSize, count - start),
          rules: requests.rules.map { $0 + start }, depths: depths + start,
          answers: answers + start * architecture.classCount)
        start += workers.count * chunkSize
      }
    }
  }

  /// The caller's buffers, which no thread writes to.
  private struct Requests: @unchecked Sendable {
    let inputs: UnsafePointer<Scalar>
    let rules: UnsafePointer<Int>?
  }

  /// tau of each request of the last run.
  public var stoppingDepths: UnsafeBufferPointer<Int> { UnsafeBufferPointer(start: depths, count: count) }

  /// Logits at tau, count x classes.
  public var logits: UnsafeBufferPointer<Scalar> {
    UnsafeBufferPointer(start: answers, count: count * architecture.classCount)
  }
}
