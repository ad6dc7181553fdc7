import ArgumentParser
import DepthRuns
import DepthStopping
import Foundation

/// A user's finite Markov chain from files; shared by `boundary` and `theory`.
struct ChainOptions: ParsableArguments {
  @Option(name: .long, help: "chain: P as .npy, n x n.") var transition: String?
  @Option(name: .long, help: "chain: g as .npy, n.") var stoppingLoss: String?

  static let keys = ["transition", "stopping_loss"]

  /// - Throws: `InputError` for missing, damaged or misshapen files and a cost that is not positive.
  func problem(
    _ settings: [(String, Double)], _ file: OptionFile, horizon: Double?
  ) throws -> StoppingProblem {
    let name = ProblemCatalogue.chainName
    guard let transition = try transition ?? file.string("transition"),
      let loss = try stoppingLoss ?? file.string("stopping_loss")
    else { throw InputError.usage("chain needs --transition P.npy and --stopping-loss g.npy") }
    let chain = try MarkovChain(transition: NumericArray(npy: URL(fileURLWithPath: transition)))
    let losses = try NumericArray(npy: URL(fileURLWithPath: loss))
    try losses.require(shape: [chain.stateCount], name: "stopping_loss")
    try losses.requireFinite(name: "stopping_loss")
    guard settings.contains(where: { ["running_cost", "c"].contains($0.0) }) else {
      throw InputError.usage("chain needs --running-cost")
    }
    let definition = ParameterDefinition("running_cost", alias: "c", default: 1, meaning: "cost of one more block")
    let values = try ParameterValues([definition], settings: settings, of: name)
    return try StoppingProblem(
      name: name,
      parameters: values.json.merging(["transition": .string(transition), "stopping_loss": .string(loss)]) { $1 },
      dynamics: .chain(chain, loss: losses.values), runningCost: values["running_cost"], horizon: horizon)
  }
}
