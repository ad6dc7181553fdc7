import DepthRuns
import Testing

@testable import DepthNetworks

@Suite struct ShownTaskTests {
  /// Chi-square of a table against independence and uniform columns, in standard deviations of its law.
  private func excess(_ pairs: [(Int, Int)], rows: Int, columns: Int) -> Double {
    var counts = [[Double]](repeating: [Double](repeating: 0, count: columns), count: rows)
    for (row, column) in pairs { counts[row][column] += 1 }
    var (chi, freedom) = (0.0, 0.0)
    for row in counts {
      let total = row.reduce(0, +)
      guard total > 0 else { continue }
      chi +=
        row.reduce(0) { $0 + ($1 - total / Double(columns)) * ($1 - total / Double(columns)) }
        / (total / Double(columns))
      freedom += Double(columns - 1)
    }
    return (chi - freedom) / (2 * freedom).squareRoot()
  }

  @Test func parityIsKnownAfterTheLastBitAndChanceBefore() throws {
    let task = ParityTask(bits: 5, samples: 20_000, seed: 3)
    let data = try task.dataset()
    #expect(data.inputShape == .shown(steps: 5, count: 1) && task.labelDepth == 5)
    for sample in 0..<data.sampleCount {
      #expect(data.input(sample).filter { $0 == 1 }.count % 2 == data.labels[sample])
    }
    // given the first four bits (16 patterns) both labels are as frequent
    let pairs = (0..<data.sampleCount).map { sample in
      (data.input(sample).prefix(4).reduce(0) { 2 * $0 + ($1 == 1 ? 1 : 0) }, data.labels[sample])
    }
    #expect(abs(excess(pairs, rows: 16, columns: 2)) < 5)
  }

  @Test func theMapIsAPermutationAndItsLastInputDecides() throws {
    let task = IteratedMapTask(states: 5, iterations: 3, samples: 20_000, seed: 7)
    #expect(task.map.sorted() == [0, 1, 2, 3, 4])
    let data = try task.dataset()
    var pairs: [(Int, Int)] = []
    for sample in 0..<data.sampleCount {
      let rows = (0..<3).map { row in (0..<5).first { data.inputs[sample * 15 + row * 5 + $0] == 1 } ?? -1 }
      #expect(rows.reduce(0) { task.map[($0 + $1) % 5] } == data.labels[sample])
      pairs.append((5 * rows[0] + rows[1], data.labels[sample]))
    }
    #expect(abs(excess(pairs, rows: 25, columns: 5)) < 5)
  }

  @Test func pointersAreChasedAndTheLastTableDecides() throws {
    let task = try KHopTask(nodes: 4, hops: 3, leastHops: 1, samples: 20_000, seed: 1)
    let data = try task.dataset()
    let depths = task.labelDepths(data)
    var pairs: [(Int, Int)] = []
    for sample in 0..<data.sampleCount {
      var (node, before) = (0, 0)
      for hop in 0..<depths[sample] {
        let row = data.inputs[((sample * 3 + hop) * 17)..<((sample * 3 + hop + 1) * 17)].map { $0 }
        #expect((row[16] == 1) == (hop + 1 == depths[sample]))
        before = node
        node = (0..<4).first { row[4 * node + $0] == 1 } ?? -1
      }
      let rest = data.inputs[((sample * 3 + depths[sample]) * 17)..<((sample + 1) * 51)]
      #expect(node == data.labels[sample] && rest.allSatisfy { $0 == 0 })
      pairs.append((before, data.labels[sample]))
    }
    #expect(abs(excess(pairs, rows: 4, columns: 4)) < 5)
    #expect(abs(excess(depths.map { (0, $0 - 1) }, rows: 1, columns: 3)) < 5)
  }

  @Test func tokensHoldOneCyclicMapAndItsStart() throws {
    let task = try KHopTask(nodes: 7, hops: 3, presentation: .tokens, samples: 5000)
    let data = try task.dataset()
    #expect(data.inputShape == .tokens(length: 8, vocabulary: 7))
    var pairs: [(Int, Int)] = []
    for sample in 0..<data.sampleCount {
      let tokens = data.input(sample).map { Int($0) }
      var node = tokens[7]
      for _ in 0..<3 { node = tokens[node] }
      #expect(node == data.labels[sample] && node != tokens[7])
      pairs.append((0, (node - tokens[7] + 7) % 7 - 1))
    }
    #expect(abs(excess(pairs, rows: 1, columns: 6)) < 5)
    #expect(throws: InputError.self) { try KHopTask(nodes: 3, hops: 3, presentation: .tokens, samples: 9) }
  }

  @Test func queriesFollowTheMapAsFarAsTheyAsk() throws {
    let task = try KHopTask(nodes: 7, hops: 3, leastHops: 1, queries: 5, presentation: .tokens, samples: 2000)
    let data = try task.dataset()
    #expect(data.inputShape == .tokens(length: 12, vocabulary: 21) && data.answersPerSample == 5)
    #expect(data.labels.count == 10_000 && data.sampleCount == 2000)
    let hops = task.labelDepths(data)
    for answer in data.labels.indices {
      let tokens = data.input(answer / 5).map { Int($0) }
      let query = tokens[7 + answer % 5]
      var node = query % 7
      for _ in 0..<hops[answer] { node = tokens[node] }
      #expect(node == data.labels[answer])
    }
    #expect(hops == (0..<10_000).map { 1 + $0 % 5 % 3 })
    let single = try KHopTask(nodes: 7, hops: 3, leastHops: 1, presentation: .tokens, samples: 3000)
    #expect(abs(excess(single.labelDepths(try single.dataset()).map { (0, $0 - 1) }, rows: 1, columns: 3)) < 5)
    // one query of one number of hops is drawn as it always was
    let plain = try KHopTask(nodes: 7, hops: 3, presentation: .tokens, samples: 50).dataset()
    let same = try KHopTask(nodes: 7, hops: 3, leastHops: 3, queries: 1, presentation: .tokens, samples: 50).dataset()
    #expect(plain == same)
    #expect(throws: InputError.self) { try KHopTask(nodes: 7, hops: 3, queries: 2, samples: 9) }
    let split = StratifiedSplit.parts(of: data, seed: 0)
    #expect(split.count == 2000 && data.selecting([3, 1]).labels == Array(data.labels[15..<20] + data.labels[5..<10]))
  }

  @Test(arguments: ["k-hop", "parity", "iterated-map", "evidence"])
  func dataAreAFunctionOfTheirSeedAndGrowAtTheEnd(name: String) throws {
    func load(_ settings: [(String, Double)]) throws -> Dataset { try DatasetCatalogue.load(name, settings: settings) }
    let small = try load([("samples", 100)])
    #expect(small == (try load([("samples", 100)])))
    #expect(small.inputs != (try load([("samples", 100), ("task_seed", 1)])).inputs)
    let larger = try load([("samples", 150)])
    #expect(larger.inputs.starts(with: small.inputs) && larger.labels.starts(with: small.labels))
    #expect(throws: InputError.self) { try load([("samples", 100_000_000), ("steps", 10_000)]) }
  }
}
