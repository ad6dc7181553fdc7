import DepthRuns
import DepthStopping
import Foundation

/// Inputs and labels as NumPy arrays: one `.npz`, or two `.npy`.
///
/// Names in a `.npz`: `inputs` and `labels`, perhaps `split` (0 train, 1 fit, 2 test); or `x_train`, `y_train`, `x_test`, `y_test`.
/// Shapes of the inputs: [n, d] vectors; [n, h, w] grey images; [n, c, h, w], or [n, h, w, c], with c = 1 or 3 (where both could be
/// meant, the channels come first). Inputs are divided by their largest magnitude. Memory: the arrays as doubles beside the inputs.
public struct ArrayFiles: Sendable {
  public var mostBytes = Dataset.mostBytes

  public init() {}

  /// - Throws: `InputError.data` naming file and array.
  public func read(npz url: URL, name: String) throws -> Dataset {
    let arrays = try ArrayArchive.read(url, mostBytes: 2 * mostBytes)
    return try dataset(arrays, name: name, place: url.path, digest: AtomicFile.read(url))
  }

  /// `PREFIX_inputs.npy` and `PREFIX_labels.npy`, perhaps `PREFIX_split.npy`.
  ///
  /// - Throws: `InputError.data` naming the file.
  public func read(npyPrefix prefix: String, name: String) throws -> Dataset {
    var arrays: [String: NumericArray] = [:]
    var bytes = Data()
    for part in ["inputs", "labels", "split"] {
      let url = URL(fileURLWithPath: "\(prefix)_\(part).npy")
      if part == "split", !FileManager.default.fileExists(atPath: url.path) { continue }
      let data = try AtomicFile.read(url)
      arrays[part] = try NumericArray(npy: data, name: url.path, mostBytes: 2 * mostBytes)
      bytes.append(data)
    }
    return try dataset(arrays, name: name, place: prefix, digest: bytes)
  }

  /// - Parameter digest: what the checksum is of.
  func dataset(_ arrays: [String: NumericArray], name: String, place: String, digest: Data) throws -> Dataset {
    var samples = SampleCollector(name: name, mostBytes: mostBytes)
    samples.note(digest)
    func array(_ key: String) throws -> NumericArray {
      guard let array = arrays[key] else {
        throw InputError.data(
          "\(place) has no array '\(key)'; allowed: inputs and labels, or x_train, y_train, x_test, y_test")
      }
      return array
    }
    var shape: InputShape?
    func append(_ inputs: String, _ labels: String, _ part: (Int) throws -> StoppingPaths.Split?) throws {
      shape = try self.append(
        array(inputs), array(labels), "\(place):\(inputs)", "\(place):\(labels)", like: shape, to: &samples, part)
    }
    if arrays["inputs"] == nil && arrays["x_train"] != nil {
      try append("x_train", "y_train") { _ in .train }
      try append("x_test", "y_test") { _ in .test }
    } else {
      let split = arrays["split"]
      try append("inputs", "labels") { index in try split.map { try Self.part(index, of: $0, place) } }
    }
    samples.scaleByLargest()
    return try samples.dataset(shape: shape ?? .vector(0))
  }

  private static func part(_ index: Int, of split: NumericArray, _ place: String) throws -> StoppingPaths.Split {
    guard index < split.values.count, let code = Int(exactly: split.values[index]),
      let part = StoppingPaths.Split(rawValue: code)
    else { throw InputError.data("\(place):split holds no 0, 1 or 2 at \(index)") }
    return part
  }

  private func append(
    _ inputs: NumericArray, _ labels: NumericArray, _ inputPlace: String, _ labelPlace: String,
    like shape: InputShape?, to samples: inout SampleCollector, _ part: (Int) throws -> StoppingPaths.Split?
  ) throws -> InputShape {
    guard labels.shape == [inputs.shape.first ?? -1] || labels.shape == [inputs.shape.first ?? -1, 1] else {
      throw InputError.data("\(labelPlace) has shape \(labels.shape), [\(inputs.shape.first ?? 0)] is needed")
    }
    guard !inputs.shape.contains(0) else {
      throw InputError.data("\(inputPlace) has shape \(inputs.shape); allowed: lengths from 1")
    }
    let (here, channelsLast) = try layout(inputs.shape, inputPlace)
    guard shape == nil || shape == here else {
      throw InputError.data("\(inputPlace) holds \(here), the array before \(shape.map(\.description) ?? "")")
    }
    try samples.reserve(samples: labels.values.count, inputs: inputs.values.count, place: inputPlace)
    try inputs.requireFinite(name: inputPlace, largest: Double(Float.greatestFiniteMagnitude))
    for (index, value) in labels.values.enumerated() {
      guard let label = Int(exactly: value), (0..<SampleCollector.mostClasses).contains(label) else {
        throw InputError.data(
          "\(labelPlace) holds \(value) at \(index); allowed: integers from 0 to \(SampleCollector.mostClasses - 1)")
      }
      samples.append(label: label, part: try part(index))
    }
    guard channelsLast, case .image(let channels, let height, let width) = here, channels > 1 else {
      samples.append(inputs.values.lazy.map { Float($0) })
      return here
    }
    let area = height * width
    for sample in 0..<inputs.shape[0] {
      for position in 0..<(channels * area) {
        let (channel, pixel) = (position / area, position % area)
        samples.append(Float(inputs.values[(sample * area + pixel) * channels + channel]))
      }
    }
    return here
  }

  private func layout(_ shape: [Int], _ place: String) throws -> (InputShape, channelsLast: Bool) {
    switch shape.count {
    case 2: return (.vector(shape[1]), false)
    case 3: return (.image(channels: 1, height: shape[1], width: shape[2]), false)
    case 4 where [1, 3].contains(shape[1]):
      return (.image(channels: shape[1], height: shape[2], width: shape[3]), false)
    case 4 where [1, 3].contains(shape[3]):
      return (.image(channels: shape[3], height: shape[1], width: shape[2]), true)
    default:
      throw InputError.data(
        "\(place) has shape \(shape); allowed: [n, d], [n, h, w], [n, c, h, w] or [n, h, w, c] with c = 1 or 3")
    }
  }
}
