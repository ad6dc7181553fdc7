import ArgumentParser
import DepthDynamics
import DepthRuns

/// `depth integrate --imbedding`: invariant imbedding in place of one trajectory.
struct ImbeddingOptions: ParsableArguments {
  @Flag(name: .long, help: "Invariant imbedding: the networks of every depth p (--at-depth) from one input.")
  var imbedding = false
  @Option(name: .long, help: "imbedding: pieces of the depth, each imbedded on its own (default 1).") var segments: Int?
  @Option(name: .long, help: "imbedding: Taylor coefficients kept (default 40).") var order: Int?
  @Option(name: .long, parsing: .unconditional, help: "imbedding: y of the loss ||z - y||^2/2 (default 0).")
  var target: String?

  static let keys = ["imbedding", "segments", "order", "target"]

  /// - Throws: `InputError.usage` for options of imbedding without it.
  func isAsked(_ file: OptionFile) throws -> Bool {
    if try imbedding || file.flag("imbedding") ?? false { return true }
    let flags = [("segments", segments != nil), ("order", order != nil), ("target", target != nil)]
    if let stray = flags.first(where: { $0.1 || file.isGiven($0.0) }) {
      throw InputError.usage("--\(stray.0) is given without --imbedding; allowed: with it")
    }
    return false
  }

  /// - Throws: `InputError.usage` for values out of range.
  func request(
    depths: [Double]?, blocks: [Int]?, _ resolved: FieldOptions.Resolved, _ file: OptionFile
  ) throws -> ImbeddingRequest {
    let segments = try segments ?? file.integer("segments") ?? 1
    guard (1...100_000).contains(segments) else {
      throw InputError.value(segments, of: "segments", allowed: "1 to 100000")
    }
    let order = try order ?? file.integer("order") ?? 40
    guard (2...200).contains(order) else { throw InputError.value(order, of: "order", allowed: "2 to 200") }
    let blocks = blocks ?? [8, 16, 32, 64, 128, 256, 512, 1024]
    guard zip(blocks, blocks.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw InputError.value(
        blocks.map(String.init).joined(separator: ","), of: "blocks", allowed: "ascending positive integers")
    }
    return try ImbeddingRequest(
      depths: depths, blocks: blocks, segments: segments, order: order,
      target: target.map { try parseNumbers($0, of: "--target") } ?? file.numbers("target"),
      horizon: resolved.horizon, dimension: resolved.field.dimension)
  }
}
