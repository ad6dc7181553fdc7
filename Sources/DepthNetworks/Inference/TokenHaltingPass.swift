import DepthNumerics

/// The forward pass of up to `capacity` sequences with halting tokens, in buffers made once; used by one thread at a time.
final class TokenHaltingPass {
  let network: ResidualNetwork
  let block: TransformerBlock
  let rule: TokenHaltingRule
  /// `tokens` rows of d a sequence, halted ones as they were when they halted.
  let states: UnsafeMutablePointer<Double>
  /// Rows of `states` that are active, ascending.
  let active: UnsafeMutablePointer<Int>
  private(set) var activeCount = 0
  /// Of each sequence and one more: where its rows begin among the active ones, and among those that active ones may see.
  let activeStarts: UnsafeMutablePointer<Int>
  let seenStarts: UnsafeMutablePointer<Int>
  let buffers: TokenHaltingBuffers
  /// Operations done for each sequence.
  let operations: UnsafeMutablePointer<Double>
  private(set) var sequences = 0
  /// Rows of `states` whose head is read at an exit, and those among them that halt.
  private let asked: UnsafeMutablePointer<Int>
  private let halting: UnsafeMutablePointer<Int>
  private let isHalted: UnsafeMutablePointer<Int>
  private let labels: UnsafeMutablePointer<Int>
  private let inputs: UnsafeMutablePointer<Double>
  private let entryWorkspace: BlockWorkspace<Double>
  private let memory: WorkspaceMemory

  init(_ halting: TokenHalting, capacity: Int) {
    let memory = WorkspaceMemory()
    let (network, block) = (halting.network, halting.block)
    (self.network, self.block, rule, self.memory) = (network, block, halting.rule, memory)
    let rows = capacity * block.tokens
    let entry = network.architecture.stages[0].entry.map
    states = memory.allocate(rows * block.tokenDimension)
    (active, asked, self.halting) = (memory.allocate(rows), memory.allocate(rows), memory.allocate(rows))
    (isHalted, labels) = (memory.allocate(rows), memory.allocate(rows))
    (activeStarts, seenStarts) = (memory.allocate(capacity + 1), memory.allocate(capacity + 1))
    operations = memory.allocate(capacity)
    inputs = memory.allocate(capacity * entry.inputCount)
    buffers = TokenHaltingBuffers(block, rows: rows, classes: network.architecture.classCount, memory)
    entryWorkspace = entry.makeWorkspace(capacity: capacity, scratch: memory.allocate(capacity * entry.scratchCount))
  }

  private var answers: Int { network.architecture.answersPerSample }

  /// Runs the sequences `members` of a data set; the first whose logits are not finite, if any.
  func run(_ dataset: Dataset, _ members: Range<Int>, into result: HaltedTokensBuffer) -> NonFiniteNetwork? {
    network.parameters.withUnsafeBufferPointer { parameters in
      guard let base = parameters.baseAddress else { return nil }
      begin(dataset, members, base)
      for exit in 0...network.architecture.blocks {
        if let row = leave(exit, base, dataset, members, result) {
          return NonFiniteNetwork(exit: exit, sample: members.lowerBound + row / block.tokens)
        }
        guard activeCount > 0 else { break }
        arrange()
        advance(base + network.architecture.layout.blocks[exit])
      }
      for (sequence, member) in members.enumerated() { result.operations[member] = operations[sequence] }
      return nil
    }
  }

  private func begin(_ dataset: Dataset, _ members: Range<Int>, _ parameters: UnsafePointer<Double>) {
    let (architecture, width) = (network.architecture, dataset.inputCount)
    let entry = architecture.stages[0].entry
    sequences = members.count
    dataset.inputs.withUnsafeBufferPointer {
      let source = $0.baseAddress! + members.lowerBound * width
      Double.Kernels.fromSingle(members.count * width, source, inputs)
    }
    entry.evaluate(
      parameters + architecture.layout.entries[0], states: inputs, count: sequences, workspace: entryWorkspace,
      into: states)
    activeCount = sequences * block.tokens
    for row in 0..<activeCount { (active[row], isHalted[row]) = (row, 0) }
    for sequence in 0..<sequences { operations[sequence] = entry.map.operations }
  }

  /// Which answer of the data a row gives; nil for a token that gives none.
  private func answer(_ row: Int, _ members: Range<Int>) -> Int? {
    let (sequence, token) = (row / block.tokens, row % block.tokens)
    let index = token - (block.tokens - answers)
    return index < 0 ? nil : (members.lowerBound + sequence) * answers + index
  }

  /// Reads an exit: tokens halt, and sequences without an active answer are done. The first row that is not finite, if any.
  private func leave(
    _ exit: Int, _ parameters: UnsafePointer<Double>, _ dataset: Dataset, _ members: Range<Int>,
    _ result: HaltedTokensBuffer
  ) -> Int? {
    var count = 0
    for index in 0..<activeCount where answer(active[index], members) != nil {
      asked[count] = active[index]
      count += 1
    }
    let isLast = exit == network.architecture.blocks
    var haltingCount = 0
    func halt(_ row: Int) {
      halting[haltingCount] = row
      haltingCount += 1
    }
    switch rule {
    case .confidence(let threshold):
      if let row = readHeads(exit, parameters, asked, count, dataset, members) { return row }
      for index in 0..<count where isLast || buffers.confidence(index) >= threshold {
        take(index, asked[index], exit, members, result)
        halt(asked[index])
      }
    case .gate(let threshold):
      if !isLast { readGates(exit, parameters, count) }
      for index in 0..<count where isLast || buffers.gates[index] >= threshold { halt(asked[index]) }
    case .depths(let depths):
      for index in 0..<count {
        guard let answer = answer(asked[index], members), isLast || depths[answer] <= exit else { continue }
        halt(asked[index])
      }
    }
    if case .confidence = rule {
    } else {
      if let row = readHeads(exit, parameters, halting, haltingCount, dataset, members) { return row }
      for index in 0..<haltingCount { take(index, halting[index], exit, members, result) }
    }
    for index in 0..<haltingCount { isHalted[halting[index]] = 1 }
    compact()
    return nil
  }

  /// Logits, probabilities and losses of rows at an exit.
  private func readHeads(
    _ exit: Int, _ parameters: UnsafePointer<Double>, _ rows: UnsafePointer<Int>, _ count: Int, _ dataset: Dataset,
    _ members: Range<Int>
  ) -> Int? {
    guard count > 0 else { return nil }
    let (layout, classes, d) = (network.architecture.layout, network.architecture.classCount, block.tokenDimension)
    gather(rows, count)
    for index in 0..<count {
      labels[index] = answer(rows[index], members).map { dataset.labels[$0] } ?? 0
      operations[rows[index] / block.tokens] += 2 * Double(d * classes)
    }
    Double.multiply(
      rows: count, columns: classes, inner: d, buffers.rows, .normal, parameters + layout.heads[exit], .transposed,
      into: buffers.logits)
    Double.Kernels.addBias(count, classes, parameters + layout.headBiases[exit], buffers.logits)
    let broken = Double.Kernels.firstNonFiniteRow(count, classes, buffers.logits)
    guard broken < 0 else { return rows[broken] }
    Double.Kernels.softmaxLosses(
      count, classes, classes, buffers.logits, labels, buffers.probabilities, buffers.losses, 1)
    return nil
  }

  /// The gates of the rows that are asked.
  private func readGates(_ exit: Int, _ parameters: UnsafePointer<Double>, _ count: Int) {
    guard count > 0 else { return }
    let (layout, classes, d) = (network.architecture.layout, network.architecture.classCount, block.tokenDimension)
    gather(asked, count)
    for index in 0..<count { operations[asked[index] / block.tokens] += 2 * Double(d) }
    Double.multiply(
      rows: count, columns: 1, inner: d, buffers.rows, .normal, parameters + layout.heads[exit] + classes * d,
      .transposed, into: buffers.losses)
    Double.Kernels.addBias(count, 1, parameters + layout.headBiases[exit] + classes, buffers.losses)
    Double.Kernels.sigmoids(count, 1, buffers.losses, buffers.gates, 1)
  }

  private func gather(_ rows: UnsafePointer<Int>, _ count: Int) {
    let d = block.tokenDimension
    for index in 0..<count { (buffers.rows + index * d).update(from: states + rows[index] * d, count: d) }
  }

  /// Notes the answer of a row that halts; `index` is its place among those whose heads were read.
  private func take(_ index: Int, _ row: Int, _ exit: Int, _ members: Range<Int>, _ result: HaltedTokensBuffer) {
    guard let answer = answer(row, members) else { return }
    let classes = network.architecture.classCount
    let logits = buffers.logits + index * classes
    var best = 0
    for candidate in 1..<classes where logits[candidate] > logits[best] { best = candidate }
    result.depths[answer] = exit
    result.losses[answer] = max(0, buffers.losses[index])
    result.predictions[answer] = best
    (result.logits + answer * classes).update(from: logits, count: classes)
  }

  /// Leaves the active rows, of those sequences that still have an answer to give.
  private func compact() {
    let (tokens, silent) = (block.tokens, block.tokens - answers)
    var (kept, index) = (0, 0)
    while index < activeCount {
      let (sequence, start) = (active[index] / tokens, kept)
      var waiting = false
      while index < activeCount, active[index] / tokens == sequence {
        let row = active[index]
        index += 1
        guard isHalted[row] == 0 else { continue }
        active[kept] = row
        kept += 1
        if row % tokens >= silent { waiting = true }
      }
      if !waiting { kept = start }
    }
    activeCount = kept
  }

  /// Where each sequence's active rows begin, and those that they may see.
  private func arrange() {
    var (index, seen) = (0, 0)
    for sequence in 0..<sequences {
      (activeStarts[sequence], seenStarts[sequence]) = (index, seen)
      while index < activeCount, active[index] / block.tokens == sequence { index += 1 }
      guard index > activeStarts[sequence] else { continue }
      seen += block.isCausal ? active[index - 1] % block.tokens + 1 : block.tokens
    }
    (activeStarts[sequences], seenStarts[sequences]) = (index, seen)
  }
}

/// Buffers of one pass for up to `rows` tokens.
struct TokenHaltingBuffers {
  /// Rows gathered for heads; the states of active tokens; their updates.
  let rows, current, update: UnsafeMutablePointer<Double>
  /// LN_1 of what is seen, and of active tokens; keys and values of the former, queries and heads' values of the latter.
  let seen, first, keysAndValues, queries, mixed: UnsafeMutablePointer<Double>
  let second, hidden, statistics, probabilityRows: UnsafeMutablePointer<Double>
  let logits, probabilities, losses, gates: UnsafeMutablePointer<Double>
  private let classes: Int

  init(_ block: TransformerBlock, rows count: Int, classes: Int, _ memory: WorkspaceMemory) {
    let d = block.tokenDimension
    func rows(_ width: Int) -> UnsafeMutablePointer<Double> { memory.allocate(count * width) }
    (self.rows, current, update, seen, first) = (rows(d), rows(d), rows(d), rows(d), rows(d))
    (keysAndValues, queries, mixed, second) = (rows(2 * d), rows(d), rows(d), rows(d))
    (hidden, statistics) = (rows(block.width), rows(2))
    probabilityRows = memory.allocate(block.tokens * block.tokens)
    (logits, probabilities, losses, gates) = (rows(classes), rows(classes), rows(1), rows(1))
    self.classes = classes
  }

  /// The largest probability of a row whose head was read.
  func confidence(_ index: Int) -> Double {
    let p = probabilities + index * classes
    var top = p[0]
    for j in 1..<classes where p[j] > top { top = p[j] }
    return top
  }
}
