import DepthNumerics
import DepthRuns

/// Token-level halting: a forward pass of a transformer in which every token that answers stops at a depth of its own.
///
/// From the exit where a token halts its state is copied upward unchanged, `h_{k+1} = h_k`, and stays visible: in every later block
/// its keys and values are computed from the copied state, with that block's weights. Its update is not computed: queries, rows of
/// attention, output map and MLP are computed for active tokens only (compaction), keys and values for all tokens that an active one
/// may see. Tokens that give no answer run until no token of their sequence that answers is active; then nothing more is computed.
///
/// The result is not the recorded full-depth path cut off at the same depths: the others see copied states where they saw full ones.
/// In double precision; differs from `NetworkWorkspace` by rounding (products have other shapes). Only networks of one stage of
/// transformer blocks whose heads read one token each.
/// Source: Elbayad et al., Depth-adaptive transformer, ICLR 2020, which copies halted states in a decoder.
public struct TokenHalting: Sendable {
  public let network: ResidualNetwork
  public let rule: TokenHaltingRule
  public let threads: Int
  let block: TransformerBlock
  /// Sequences that one thread works on at a time.
  static let chunk = 32

  /// - Throws: `InputError.usage` for a network of other blocks or whose heads read more than a token.
  public init(network: ResidualNetwork, rule: TokenHaltingRule, threads: Int = 1) throws {
    let architecture = network.architecture
    guard architecture.stages.count == 1, case .transformer(let block) = architecture.stages[0].block,
      architecture.layout.headFeatures.allSatisfy({ $0 == block.tokenDimension })
    else {
      throw InputError.usage("token-level halting needs a transformer whose heads read one token each")
    }
    (self.network, self.rule, self.threads, self.block) = (network, rule, threads, block)
  }

  /// Halts every token of a data set.
  ///
  /// O(sequences) memory beside `threads` workspaces; operations as `HaltedTokens.operations` counts them.
  /// - Throws: `NonFiniteNetwork`; `InputError.usage` when the data are not what the network reads.
  public func run(_ dataset: Dataset) throws -> HaltedTokens {
    let architecture = network.architecture
    guard dataset.inputCount == architecture.inputCount, dataset.answersPerSample == architecture.answersPerSample
    else {
      throw InputError.usage(
        "the network reads \(architecture.inputCount) inputs and gives \(architecture.answersPerSample) answers; the data "
          + "have \(dataset.inputCount) and ask for \(dataset.answersPerSample)")
    }
    if case .depths(let depths) = rule {
      precondition(depths.count == dataset.labels.count, "\(depths.count) depths for \(dataset.labels.count) answers")
    }
    let sequences = dataset.sampleCount
    let chunks = (sequences + Self.chunk - 1) / Self.chunk
    let workers = min(threads, chunks)
    let result = HaltedTokensBuffer(dataset, classes: architecture.classCount)
    let failures = Parallel.map(workers, threads: threads) { worker -> [NonFiniteNetwork] in
      let pass = TokenHaltingPass(self, capacity: Self.chunk)
      return stride(from: worker, to: chunks, by: workers).compactMap { chunk in
        let start = chunk * Self.chunk
        return pass.run(dataset, start..<min(sequences, start + Self.chunk), into: result)
      }
    }
    if let failure = failures.joined().min(by: { $0.sample < $1.sample }) { throw failure }
    return result.values
  }
}

/// What token-level halting did to every answer.
public struct HaltedTokens: Equatable, Sendable {
  /// tau of each answer.
  public let depths: [Int]
  /// `-ln p_y` at tau, in nats.
  public let losses: [Double]
  /// The class of the largest logit at tau.
  public let predictions: [Int]
  /// At tau, answers x classes.
  public let logits: [Double]
  /// Floating-point operations really done for each sequence, heads and gates included, in the convention of `ExitOperations`.
  public let operations: [Double]
  public let answersPerSample: Int

  public var sequenceCount: Int { operations.count }
}

/// The same while it is filled, by rows that no two threads share.
final class HaltedTokensBuffer: @unchecked Sendable {
  let depths: UnsafeMutablePointer<Int>
  let losses: UnsafeMutablePointer<Double>
  let predictions: UnsafeMutablePointer<Int>
  let logits: UnsafeMutablePointer<Double>
  let operations: UnsafeMutablePointer<Double>
  private let memory = WorkspaceMemory()
  private let answers: Int
  private let sequences: Int
  private let classes: Int

  init(_ dataset: Dataset, classes: Int) {
    (answers, sequences, self.classes) = (dataset.answersPerSample, dataset.sampleCount, classes)
    let rows = dataset.labels.count
    (depths, predictions) = (memory.allocate(rows), memory.allocate(rows))
    (losses, logits) = (memory.allocate(rows), memory.allocate(rows * classes))
    operations = memory.allocate(sequences)
  }

  var values: HaltedTokens {
    func array<T>(_ base: UnsafeMutablePointer<T>, _ count: Int) -> [T] {
      Array(UnsafeBufferPointer(start: base, count: count))
    }
    let rows = sequences * answers
    return HaltedTokens(
      depths: array(depths, rows), losses: array(losses, rows), predictions: array(predictions, rows),
      logits: array(logits, rows * classes), operations: array(operations, sequences), answersPerSample: answers)
  }
}
