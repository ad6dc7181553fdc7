import DepthNumerics
import DepthRuns
import Foundation

/// `house-selling`: offers X_1, X_2, ... of one law at c each; accept from the reservation price on, `E(X - xi)^+ = c`.
enum HouseSelling {
  static let entry = ProblemCatalogue.Entry(
    name: "house-selling", kind: .offers,
    parameters: [
      ParameterDefinition(
        "offers", alias: "offers", default: 0, allowed: .choice(OfferSequence.Law.allCases.map(\.rawValue)),
        meaning: "law of an offer: uniform on (0, 1), exponential with mean 1, standard normal"),
      ParameterDefinition(
        "recall", alias: "recall", default: 0, allowed: .choice(["no", "yes"]),
        meaning: "whether earlier offers may still be accepted"),
      ParameterDefinition("running_cost", alias: "c", default: 0.1, unit: "reward/offer", meaning: "cost of an offer"),
    ],
    groups: [:], formula: "maximise E[X_tau - c tau]; accept at X >= xi, E(X - xi)^+ = c",
    citation: "Chow, Robbins and Siegmund 1971, chapter 3; MacQueen and Miller 1960", methods: ["bellman"],
    make: problem,
    solve: reference)

  private static func law(_ values: ParameterValues) -> OfferSequence.Law {
    OfferSequence.Law.allCases[Int(values["offers"])]
  }

  private static func problem(_ values: ParameterValues) throws -> StoppingProblem {
    try StoppingProblem(
      name: entry.name, parameters: values.json,
      dynamics: .offers(OfferSequence(law(values), hasRecall: values["recall"] == 1)), sense: .maximize,
      cost: .constant(values["running_cost"]))
  }

  private static func reference(_ values: ParameterValues) throws -> ReferenceSolution {
    let c = values["running_cost"]
    let price: Double
    let tail: Double
    switch law(values) {
    case .uniform:
      price = c <= 0.5 ? 1 - (2 * c).squareRoot() : 0.5 - c
      tail = min(1, (2 * c).squareRoot())
    case .exponential:
      price = c <= 1 ? -log(c) : 1 - c
      tail = min(1, c)
    case .normal:
      // Newton's iteration on phi(x) - x Q(x) - c, convex and decreasing: monotone from the left
      func upper(_ x: Double) -> Double { 0.5 * erfc(x / 2.0.squareRoot()) }
      var x = -c - 1
      for _ in 0..<200 {
        let density = exp(-0.5 * x * x) / (2 * Double.pi).squareRoot()
        let step = (density - x * upper(x) - c) / upper(x)
        x += step
        if abs(step) <= 1e-16 * max(1, abs(x)) { break }
      }
      (price, tail) = (x, upper(x))
    }
    return ReferenceSolution(
      boundary: [price], citation: entry.citation, accuracy: 1e-14, value: { max($0.first ?? 0, price) },
      expectedDepth: { ($0.first ?? 0) >= price ? 0 : 1 / tail })
  }
}

/// `secretary`: n candidates in random order, only ranks seen; pass r - 1, then take the first that beats all before.
enum Secretary {
  static let entry = ProblemCatalogue.Entry(
    name: "secretary", kind: .opportunities,
    parameters: [
      ParameterDefinition(
        "candidates", alias: "n", default: 50, allowed: .integer(from: 1, to: 1_000_000), meaning: "candidates n")
    ],
    groups: [:],
    formula: "maximise P(the best of n is taken); r* = the least r with sum_{k=r+1}^n 1/(k-1) <= 1",
    citation: "Gilbert and Mosteller 1966; Chow, Robbins and Siegmund 1971", methods: ["bellman"], make: problem,
    solve: reference)

  private static func problem(_ values: ParameterValues) throws -> StoppingProblem {
    let n = Int(values["candidates"])
    let stages = OpportunitySequence(
      probabilities: (1...n).map { 1 / Double($0) }, worths: (1...n).map { Double($0) / Double(n) }, fallback: 0,
      label: .counting)
    return try StoppingProblem(
      name: entry.name, parameters: values.json, dynamics: .opportunities(stages), sense: .maximize,
      cost: .constant(0), horizon: Double(n))
  }

  /// P(success) of "take the first record from candidate r on" is `(r-1)/n sum_{k=r}^n 1/(k-1)`, 1/n for r = 1.
  private static func reference(_ values: ParameterValues) throws -> ReferenceSolution {
    let n = Int(values["candidates"])
    var (tail, r) = (0.0, n)
    // tail = sum_{k=r+1}^n 1/(k-1)
    while r > 1, tail + 1 / Double(r - 1) <= 1 {
      r -= 1
      tail += 1 / Double(r)
    }
    let cutoff = r
    let success = cutoff == 1 ? 1 / Double(n) : Double(cutoff - 1) / Double(n) * (tail + 1 / Double(cutoff - 1))
    return ReferenceSolution(
      boundary: [Double(cutoff)], citation: entry.citation, accuracy: 1e-15 * Double(n + 10),
      value: { point in (point.first ?? 1) <= Double(cutoff) ? success : nil }, expectedDepth: { _ in nil })
  }
}

/// `parking`: driving towards the destination, each spot free with probability p; park from distance r* on.
enum Parking {
  static let entry = ProblemCatalogue.Entry(
    name: "parking", kind: .opportunities,
    parameters: [
      ParameterDefinition(
        "free_probability", alias: "p", default: 0.1, allowed: .between(1e-6, 1), meaning: "chance that a spot is free")
    ],
    groups: [:],
    formula: "minimise E[distance]; past the destination the first free spot; park at distance <= r*, "
      + "the least r with (1-p)^(r+1) <= 1/2",
    citation: "MacQueen and Miller 1960; Chow, Robbins and Siegmund 1971", methods: ["bellman"], make: problem,
    solve: reference)

  private static func cutoff(_ p: Double) -> Int {
    var (r, chance) = (0, 1 - p)
    while chance > 0.5 {
      r += 1
      chance *= 1 - p
    }
    return r
  }

  private static func problem(_ values: ParameterValues) throws -> StoppingProblem {
    let p = values["free_probability"]
    let count = 2 * cutoff(p) + 100
    let stages = OpportunitySequence(
      probabilities: [Double](repeating: p, count: count), worths: (0..<count).map { Double(count - 1 - $0) },
      fallback: 1 / p, label: .remaining)
    return try StoppingProblem(
      name: entry.name, parameters: values.json, dynamics: .opportunities(stages), cost: .constant(0),
      horizon: Double(count))
  }

  /// `v_r = r - q/p + (2/p) q^(r+1)` for r <= r*, the same from all farther spots.
  private static func reference(_ values: ParameterValues) throws -> ReferenceSolution {
    let p = values["free_probability"]
    let far = cutoff(p)
    return ReferenceSolution(
      boundary: [Double(far)], citation: entry.citation, accuracy: 1e-14 / p,
      value: { point in
        let r = min(point.first ?? Double(far), Double(far))
        return r - (1 - p) / p + 2 / p * pow(1 - p, r + 1)
      }, expectedDepth: { _ in nil })
  }
}
