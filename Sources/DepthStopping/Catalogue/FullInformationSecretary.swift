import DepthRuns

/// `full-information-secretary`: n candidates whose qualities are independent and uniform, seen one by one; maximise the chance to
/// take the best of all. With m to come take a record x where `sum_{j=1}^m (x^-j - 1)/j <= 1`.
enum FullInformationSecretary {
  static let entry = ProblemCatalogue.Entry(
    name: "full-information-secretary", kind: .offers,
    parameters: [
      ParameterDefinition(
        "candidates", alias: "n", default: 50, allowed: .integer(from: 1, to: FullInformationRecursion.mostOffers),
        meaning: "candidates n")
    ],
    groups: [:],
    formula: "maximise P(the best of n is taken), qualities uniform on (0, 1) and seen; "
      + "with m to come take a record x >= b_m, sum_{j=1}^m (b_m^-j - 1)/j = 1; P tends to 0.580164 as n grows",
    citation: "Gilbert and Mosteller 1966, section 3; Samuels 1982", methods: ["bellman"], make: problem,
    solve: reference)

  private static func problem(_ values: ParameterValues) throws -> StoppingProblem {
    try StoppingProblem(
      name: entry.name, parameters: values.json, dynamics: .offers(OfferSequence(.uniform, goal: .best)),
      sense: .maximize, cost: .constant(0), horizon: values["candidates"])
  }

  /// Gilbert and Mosteller's table 7, six digits, where it has the n.
  private static func reference(_ values: ParameterValues) throws -> ReferenceSolution {
    let table = [1: 1, 2: 0.75, 3: 0.684293, 4: 0.655396, 5: 0.639194, 10: 0.608699]
    let chance = table[Int(values["candidates"])]
    return ReferenceSolution(
      boundary: [], citation: entry.citation, accuracy: 1e-6, value: { ($0.first ?? 0) == 0 ? chance : nil },
      expectedDepth: { _ in nil })
  }
}
