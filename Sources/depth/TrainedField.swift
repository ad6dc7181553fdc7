import DepthDynamics
import DepthNetworks
import DepthRuns
import Foundation

/// `run:FOLDER`: the residual core of a trained network, one field a stage, from where a sample of its data set begins.
///
/// `--set stage=S` chooses the stage (default 0), `--set sample=I` the sample (default 0).
struct TrainedField {
  let named: FieldOptions.Named

  init(_ path: String, _ settings: [(String, Double)]) throws {
    let run = try TrainedRun(path)
    let (network, dataset) = (run.network, run.dataset)
    var choice = ["stage": 0, "sample": 0]
    let most = ["stage": network.architecture.stages.count - 1, "sample": dataset.sampleCount - 1]
    for (key, value) in settings {
      guard let highest = most[key] else {
        throw InputError.unknown(key, kindOfName: "parameter of a run", known: most.keys.sorted())
      }
      guard let index = Int(exactly: value), (0...highest).contains(index) else {
        throw InputError.value(value, of: key, allowed: "0 to \(highest)")
      }
      choice[key] = index
    }
    let (stage, sample) = (choice["stage"] ?? 0, choice["sample"] ?? 0)
    var row = [Float](repeating: 0, count: network.architecture.inputCount)
    Array(dataset.input(sample)).withUnsafeBufferPointer {
      run.augmentation.centre($0.baseAddress!, shape: dataset.inputShape, into: &row)
    }
    named = Self.field(network, stage: stage, input: row.map { Double($0) }, choice)
  }

  private static func field(
    _ network: ResidualNetwork, stage: Int, input: [Double], _ choice: [String: Int]
  ) -> FieldOptions.Named {
    func named<Block: VectorField>(_ field: BlockwiseField<Block>, _ start: [Double]) -> FieldOptions.Named {
      FieldOptions.Named(
        field: field, initial: start, horizon: field.horizon,
        parameters: choice.mapValues { .integer($0) })
    }
    if network.architecture.shown != nil { return named(network.field(showing: input), network.embed(input)) }
    if let field = network.tanhField { return named(field, network.embed(input)) }
    return named(network.field(ofStage: stage), network.stateEntering(stage: stage, of: input))
  }
}
