import DepthNumerics
import DepthRuns
public import Foundation

/// A residual network with a head and a gate on every exit: architecture and parameters, a plain value.
///
/// Parameters are doubles: what single precision trained is exact in them, and theory computes with them.
public struct ResidualNetwork: Equatable, Sendable {
  public let architecture: NetworkArchitecture
  public let parameters: [Double]

  public init(architecture: NetworkArchitecture, parameters: [Double]) {
    precondition(
      parameters.count == architecture.parameterCount,
      "\(parameters.count) parameters, the architecture has \(architecture.parameterCount)")
    self.architecture = architecture
    self.parameters = parameters
  }

  /// Seeded weights: blocks and maps as they say; heads with deviation 0.1/sqrt(features); gates with zero weights and the bias
  /// `haltingBias`, -3 for a halting probability of 0.047 at every exit, so that training starts by going deep.
  public init(architecture: NetworkArchitecture, seed: UInt64, haltingBias: Double = -3) {
    var stream = RandomStream(seed: seed, stream: RandomPurpose.initialisation.stream(0))
    let layout = architecture.layout
    var parameters = [Double](repeating: 0, count: layout.parameterCount)
    parameters.withUnsafeMutableBufferPointer { buffer in
      let base = buffer.baseAddress!
      for (index, stage) in architecture.stages.enumerated() {
        stage.entry.map.initialise(base + layout.entries[index], stream: &stream)
        for block in layout.stageOfBlock.indices where layout.stageOfBlock[block] == index {
          guard block == layout.firstBlocks[index] || !architecture.sharesWeights else { continue }
          stage.block.block.initialise(
            base + layout.blocks[block], stream: &stream, blocks: architecture.blocks,
            blockSize: architecture.blockSize)
        }
      }
      if let shown = architecture.shown {
        (base + layout.shown).fill(
          normals: shown.count * architecture.stages[0].stateCount, deviation: 1 / Double(shown.count).squareRoot(),
          &stream)
      }
      for exit in 0..<architecture.exits {
        let features = layout.headFeatures[exit]
        (base + layout.heads[exit]).fill(
          normals: architecture.classCount * features, deviation: 0.1 / Double(features).squareRoot(), &stream)
        if exit < architecture.blocks { base[layout.headBiases[exit] + architecture.classCount] = haltingBias }
      }
    }
    self.init(architecture: architecture, parameters: parameters)
  }

  /// U_k, classes x features.
  public func headWeights(_ exit: Int) -> [Double] {
    let layout = architecture.layout
    let count = architecture.classCount * layout.headFeatures[exit]
    return Array(parameters[layout.heads[exit]..<(layout.heads[exit] + count)])
  }

  /// `h_0` of one input.
  public func embed(_ input: [Double]) -> [Double] {
    precondition(
      input.count == architecture.inputCount, "\(input.count) inputs, the network takes \(architecture.inputCount)")
    let entry = architecture.stages[0].entry
    return applied(entry, at: architecture.layout.entries[0], to: input)
  }

  /// A map with its parameters, to one row.
  func applied(_ kind: MapKind, at offset: Int, to row: [Double]) -> [Double] {
    let map = kind.map
    let scratch = UnsafeMutablePointer<Double>.allocate(capacity: max(1, map.scratchCount))
    scratch.initialize(repeating: 0, count: max(1, map.scratchCount))
    defer { scratch.deallocate() }
    let workspace = map.makeWorkspace(capacity: 1, scratch: scratch)
    return [Double](unsafeUninitializedCapacity: map.outputCount) { buffer, count in
      parameters.withUnsafeBufferPointer {
        kind.evaluate(
          $0.baseAddress! + offset, states: row, count: 1, workspace: workspace, into: buffer.baseAddress!)
      }
      count = map.outputCount
    }
  }
}

extension ResidualNetwork {
  /// Arrays for a `.npz` file: `architecture` (its JSON as UTF-8 bytes) and `parameters`.
  public var archive: [String: NumericArray] {
    [
      "architecture": NumericArray(architecture.json.text().map { Double($0) }),
      "parameters": NumericArray(parameters),
    ]
  }

  /// Reads what `archive` holds.
  ///
  /// - Throws: `InputError.data` naming what is missing, misshapen or not finite.
  public init(contentsOf url: URL) throws {
    let arrays = try ArrayArchive.read(url)
    func array(_ name: String, _ count: Int?) throws -> [Double] {
      guard let array = arrays[name] else { throw InputError.data("\(url.path) has no array '\(name)'") }
      try array.require(shape: [count], name: name)
      try array.requireFinite(name: name)
      return array.values
    }
    let bytes = try array("architecture", nil).map { UInt8(exactly: $0) }
    guard !bytes.contains(nil),
      let json = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes.compactMap { $0 }))
    else { throw InputError.data("\(url.path): 'architecture' is not JSON text") }
    let architecture = try NetworkArchitecture(json: json)
    self.init(architecture: architecture, parameters: try array("parameters", architecture.parameterCount))
  }
}
