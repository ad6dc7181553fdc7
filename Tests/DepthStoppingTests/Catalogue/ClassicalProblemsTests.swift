import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

@Suite struct ClassicalProblemsTests {
  private static func solve(
    _ name: String, _ texts: [(String, String)], at points: [[Double]] = []
  ) throws -> (StoppingSolution, ReferenceSolution) {
    let entry = try ProblemCatalogue.entry(name)
    let values = try entry.resolve(texts: texts)
    return (try BellmanRecursion().solve(entry.problem(values), at: points), try entry.reference(values))
  }

  // E(X - xi)^+ = c, twenty digits
  @Test(arguments: [(0.01, 0.85857864376269049512), (0.05, 0.6837722339831620668), (0.1, 0.55278640450004206072)])
  func uniformOffers(cost: Double, price: Double) throws {
    let (solution, _) = try Self.solve("house-selling", [("c", "\(cost)")], at: [[0], [0.9]])
    #expect(abs(solution.boundary.points[0].at[0] - price) <= solution.boundary.errorBound)
    #expect(abs(solution.values[0].value - price) <= solution.values[0].errorBound)
    #expect(solution.values[0].errorBound < 1e-14)
    #expect(solution.values[1].value == 0.9)
  }

  @Test func pricesContainTheirClosedForms() throws {
    var stream = RandomStream(seed: 41)
    for law in OfferSequence.Law.allCases {
      for recall in ["no", "yes"] {
        for u in stream.uniforms(100) {
          let c = 1e-4 * pow(3e4, u)
          let (solution, reference) = try Self.solve(
            "house-selling", [("offers", law.rawValue), ("recall", recall), ("c", "\(c)")], at: [[-2], [0.3]])
          let error = abs(solution.boundary.points[0].at[0] - reference.boundary[0])
          #expect(
            error <= solution.boundary.errorBound + reference.accuracy * max(1, abs(reference.boundary[0])),
            "\(law) c \(c)")
          #expect(solution.boundary.errorBound < 1e-10)
          #expect(abs(solution.values[1].value - reference.value([0.3])!) <= solution.values[1].errorBound + 1e-14 * 3)
          let depth = reference.expectedDepth([-2])!
          if -2 < reference.boundary[0] { #expect(abs(solution.expectedDepths[0].value - depth) < 1e-9 * depth) }
        }
      }
    }
  }

  // Moser's recursion v_{n+1} = (1 + v_n^2)/2
  @Test(arguments: [(1, 0.5), (5, 0.77508150087669491768), (50, 0.96414507482200737306)])
  func freeOffersAreMosersProblem(count: Int, value: Double) throws {
    for hasRecall in [false, true] {
      let problem = try StoppingProblem(
        name: "moser", dynamics: .offers(OfferSequence(.uniform, hasRecall: hasRecall)), sense: .maximize,
        cost: .constant(0), horizon: Double(count))
      let solution = try BellmanRecursion().solve(problem, at: [[0]])
      if hasRecall {
        // with recall and no cost one sees all: E max = n/(n + 1)
        let exact = Double(count) / Double(count + 1)
        #expect(abs(solution.values[0].value - exact) <= solution.values[0].errorBound)
        #expect(solution.values[0].errorBound < 1e-12)
      } else {
        #expect(abs(solution.values[0].value - value) <= solution.values[0].errorBound)
        #expect(solution.values[0].boundKind == .certified && solution.values[0].errorBound < 1e-12)
      }
    }
  }

  // xi = beta (1 + xi^2)/2 at beta = 0.9
  @Test func discountedOffers() throws {
    let problem = try StoppingProblem(
      name: "house", dynamics: .offers(OfferSequence(.uniform)), sense: .maximize, cost: .constant(0),
      discount: ScalarFunction(constant: -log(0.9)))
    let solution = try BellmanRecursion().solve(problem, at: [[0]])
    #expect(abs(solution.values[0].value - 0.6267890062732584942) < 2e-15)
  }

  /// Recall and horizon against a chain of best offers so far on a lattice of a discrete law with the same recursion.
  @Test func recallWithAHorizonAgreesWithSimulationByRecursion() throws {
    let (n, c) = (6, 0.05)
    let problem = try StoppingProblem(
      name: "house", dynamics: .offers(OfferSequence(.uniform, hasRecall: true)), sense: .maximize, cost: .constant(c),
      horizon: Double(n))
    let solution = try BellmanRecursion().solve(problem, at: [[0.1], [0.5], [0.8]])
    // V_k(m) = max(m, m V_{k-1}(m) + int_m^1 V_{k-1} - c), on a fine trapezoid; the kink costs O(h^2)
    let cells = 2000
    var v = (0...cells).map { Double($0) / Double(cells) }
    let states = v
    for _ in 0..<n {
      var (tail, next) = (0.0, v)
      for i in stride(from: cells, through: 0, by: -1) {
        if i < cells { tail += 0.5 * (v[i] + v[i + 1]) / Double(cells) }
        next[i] = max(states[i], states[i] * v[i] + tail - c)
      }
      v = next
    }
    for value in solution.values {
      #expect(abs(value.value - v[Int((value.at[0] * Double(cells)).rounded())]) < 1e-6)
    }
  }

  @Test func secretaries() throws {
    let (five, _) = try Self.solve("secretary", [("n", "5")])
    #expect(five.boundary.points.map { $0.at[0] } == [3])
    #expect(abs(five.values[0].value - 13.0 / 30) <= five.values[0].errorBound)
    let (fifty, _) = try Self.solve("secretary", [("n", "50")])
    #expect(fifty.boundary.points.map { $0.at[0] } == [19])
    #expect(abs(fifty.values[0].value - 0.37427501364792016417) <= fifty.values[0].errorBound)
    for n in Array(1...40) + [100, 1000, 100_000] {
      let (solution, reference) = try Self.solve("secretary", [("candidates", "\(n)")])
      let exact = reference.value([1])!
      #expect(abs(solution.values[0].value - exact) <= solution.values[0].errorBound + reference.accuracy, "n \(n)")
      // n = 2 is a tie: both candidates will do
      if n > 2 { #expect(solution.boundary.points.map { $0.at[0] } == reference.boundary, "n \(n)") }
    }
  }

  @Test func parkingPlaces() throws {
    let (solution, _) = try Self.solve("parking", [("p", "0.1")])
    #expect(solution.boundary.points.map { $0.at[0] } == [6])
    #expect(abs(solution.values[0].value - 6.565938) <= solution.values[0].errorBound)
    var stream = RandomStream(seed: 42)
    for u in stream.uniforms(200) {
      let p = 1e-3 * pow(900, u)
      let (random, reference) = try Self.solve("parking", [("p", "\(p)")], at: [[0], [3], [50]])
      #expect(random.boundary.points.map { $0.at[0] } == reference.boundary, "p \(p)")
      for value in random.values {
        #expect(abs(value.value - reference.value(value.at)!) <= value.errorBound + reference.accuracy, "p \(p)")
      }
    }
  }

  @Test func namedChoicesAreReadAndShown() throws {
    let entry = try ProblemCatalogue.entry("house-selling")
    let values = try entry.resolve(texts: [("offers", "normal"), ("c", "0.2")])
    #expect(values["offers"] == 2)
    #expect(values.json["offers"] == .string("normal"))
    #expect(throws: InputError.self) { try entry.resolve(texts: [("offers", "cauchy")]) }
    #expect(throws: InputError.self) { try entry.resolve(texts: [("c", "cheap")]) }
  }
}
