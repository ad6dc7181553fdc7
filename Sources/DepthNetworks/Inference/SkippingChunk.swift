import DepthNumerics
import DepthStopping

/// The requests that one thread works on together, in buffers made once.
///
/// Row i of the states, of the rules' memory and of `origins` belong together; requests with the same rule lie side by side, so that
/// a rule decides on a segment at once, and stay so because rows move without changing their order.
final class SkippingChunk<Scalar: MatrixScalar>: @unchecked Sendable {
  let architecture: NetworkArchitecture
  let layout: ParameterLayout
  let rules: [any OnlineRule]
  let needs: ExitNeeds
  let capacity: Int

  /// h_k, the state after the next block, and what a block reads where that is not h_k.
  var states: UnsafeMutablePointer<Scalar>
  var nextStates: UnsafeMutablePointer<Scalar>
  let shiftedStates: UnsafeMutablePointer<Scalar>
  /// What the last block read: for the norm of its update.
  var lastInput: UnsafePointer<Scalar>
  let update: UnsafeMutablePointer<Scalar>
  /// What heads read, where it is not the state; their results; and the states that halt, where only those are read.
  let pooled: UnsafeMutablePointer<Scalar>
  let scores: UnsafeMutablePointer<Scalar>
  let halted: UnsafeMutablePointer<Scalar>
  let gates: UnsafeMutablePointer<Double>
  /// Inputs in the order of the rows, and of shown inputs the row of the next block.
  let sortedInputs: UnsafeMutablePointer<Scalar>
  let shownRows: UnsafeMutablePointer<Scalar>

  /// What rules read, and what they keep.
  let ruleLogits: UnsafeMutablePointer<Double>
  let ruleFeatures: UnsafeMutablePointer<Double>
  let ruleMemory: UnsafeMutablePointer<Double>
  let ruleScratch: UnsafeMutablePointer<Double>
  let memoryStride: Int
  let stops: UnsafeMutablePointer<Bool>
  /// Row's request, and the rows of each rule.
  let origins: UnsafeMutablePointer<Int>
  let segments: UnsafeMutablePointer<Int>
  /// One state in double precision, and a softmax.
  let wideState: UnsafeMutablePointer<Double>
  let exponentials: UnsafeMutablePointer<Double>

  let entryWorkspaces: [BlockWorkspace<Scalar>]
  let blockWorkspaces: [BlockWorkspace<Scalar>]
  let poolingWorkspaces: [BlockWorkspace<Scalar>?]
  /// Requests that go on.
  var active = 0
  private let memory: WorkspaceMemory

  init(_ architecture: NetworkArchitecture, _ rules: [any OnlineRule], _ needs: ExitNeeds, capacity: Int) {
    let memory = WorkspaceMemory()
    let (stages, layout, classes) = (architecture.stages, architecture.layout, architecture.classCount)
    func rows(_ width: Int) -> UnsafeMutablePointer<Scalar> { memory.allocate(capacity * width) }
    func numbers(_ count: Int) -> UnsafeMutablePointer<Double> { memory.allocate(count) }
    let widest = stages.map(\.stateCount).max() ?? 0
    let first = rows(widest)
    (states, nextStates, shiftedStates, update) = (first, rows(widest), rows(widest), rows(widest))
    lastInput = UnsafePointer(first)
    pooled = rows(layout.headFeatures.max() ?? 0)
    scores = rows(classes + 1)
    halted = rows(widest)
    gates = numbers(capacity)
    sortedInputs = rows(rules.count > 1 ? architecture.inputCount : 0)
    shownRows = rows(architecture.shown?.count ?? 0)
    ruleLogits = numbers(capacity * classes)
    ruleFeatures = numbers(capacity * StoppingPaths.standardFeatures.count)
    let stride = rules.map(\.memoryCount).max() ?? 0
    (memoryStride, ruleMemory) = (stride, numbers(capacity * stride))
    ruleScratch = numbers(rules.map(\.scratchCount).max() ?? 0)
    stops = UnsafeMutableRawPointer(memory.allocate(capacity) as UnsafeMutablePointer<UInt8>)
      .bindMemory(to: Bool.self, capacity: capacity)
    origins = memory.allocate(capacity)
    segments = memory.allocate(rules.count + 1)
    (wideState, exponentials) = (numbers(widest), numbers(classes))
    let maps = stages.map(\.entry.map) + stages.compactMap { $0.pooling?.map }
    let scratch = rows((stages.map(\.block.block.scratchCount) + maps.map(\.scratchCount)).max() ?? 0)
    entryWorkspaces = stages.map { $0.entry.map.makeWorkspace(capacity: capacity, scratch: scratch) }
    blockWorkspaces = stages.map { $0.block.block.makeWorkspace(capacity: capacity, scratch: scratch) }
    poolingWorkspaces = stages.map { $0.pooling?.map.makeWorkspace(capacity: capacity, scratch: scratch) }
    (self.architecture, self.layout, self.rules, self.needs) = (architecture, layout, rules, needs)
    (self.capacity, self.memory) = (capacity, memory)
  }

  /// Depths and logits of `count` requests, in their order.
  func run(
    _ parameters: UnsafePointer<Scalar>, inputs: UnsafePointer<Scalar>, count: Int, rules assigned: UnsafePointer<Int>?,
    depths: UnsafeMutablePointer<Int>, answers: UnsafeMutablePointer<Scalar>
  ) {
    let first = sort(inputs, count, assigned)
    active = count
    ruleMemory.update(repeating: 0, count: count * memoryStride)
    architecture.stages[0].entry.evaluate(
      parameters + layout.entries[0], states: first, count: count, workspace: entryWorkspaces[0], into: states)
    let blocks = architecture.blocks
    for block in 0..<blocks {
      leave(block, parameters, depths, answers)
      guard active > 0 else { return }
      advance(block, parameters, inputs)
    }
    stops.update(repeating: true, count: active)
    answer(blocks, parameters, depths, answers)
  }

  /// Requests with the same rule side by side: fills `origins` and `segments`, and says where the inputs lie in that order.
  private func sort(
    _ inputs: UnsafePointer<Scalar>, _ count: Int, _ assigned: UnsafePointer<Int>?
  ) -> UnsafePointer<Scalar> {
    var row = 0
    for rule in rules.indices {
      segments[rule] = row
      for request in 0..<count where (assigned?[request] ?? 0) == rule {
        origins[row] = request
        row += 1
      }
    }
    segments[rules.count] = row
    precondition(row == count, "\(count - row) requests name a rule that is not among the \(rules.count)")
    guard rules.count > 1 else { return inputs }
    let width = architecture.inputCount
    for row in 0..<count {
      (sortedInputs + row * width).update(from: inputs + origins[row] * width, count: width)
    }
    return UnsafePointer(sortedInputs)
  }

  /// One block of what is left: transition, shown input, `h + Delta f(h)`.
  private func advance(
    _ block: Int, _ parameters: UnsafePointer<Scalar>, _ inputs: UnsafePointer<Scalar>
  ) {
    let stage = layout.stageOfBlock[block]
    let size = architecture.stages[stage].stateCount
    var input = UnsafePointer(states)
    if stage > 0 && layout.firstBlocks[stage] == block {
      architecture.stages[stage].entry.evaluate(
        parameters + layout.entries[stage], states: states, count: active, workspace: entryWorkspaces[stage],
        into: shiftedStates)
      input = UnsafePointer(shiftedStates)
    }
    if let shown = architecture.shown, block < shown.steps {
      shiftedStates.update(from: states, count: active * size)
      for row in 0..<active {
        (shownRows + row * shown.count).update(
          from: inputs + origins[row] * shown.inputCount + block * shown.count, count: shown.count)
      }
      Scalar.gemm(
        active, size, shown.count, 1, shownRows, shown.count, false, parameters + layout.shown, shown.count, true, 1,
        shiftedStates, size)
      input = UnsafePointer(shiftedStates)
    }
    architecture.stages[stage].block.evaluate(
      parameters + layout.blocks[block], states: input, count: active, workspace: blockWorkspaces[stage], into: update)
    Scalar.Kernels.addScaled(active * size, Scalar(architecture.blockSize), update, input, nextStates)
    lastInput = input
    swap(&states, &nextStates)
  }
}
