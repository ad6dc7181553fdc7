import DepthRuns
import DepthStopping
import Foundation

/// Images and labels in IDX files, plain or compressed.
///
/// `PREFIX` is a folder with `train-images-idx3-ubyte` and `train-labels-idx1-ubyte` and perhaps `t10k-...`, which then is the
/// test part; or what such a pair of names begins with. Names may end in `.gz` and have a dot before `idx`. Bytes are divided by 255,
/// other types by their largest magnitude. Three dimensions are grey images, four images channel by channel, two vectors.
public struct IDXFiles: Sendable {
  public var mostBytes = Dataset.mostBytes

  public init() {}

  /// - Throws: `InputError.data` naming the file that is missing or wrong.
  public func read(_ prefix: URL, name: String) throws -> Dataset {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: prefix.path, isDirectory: &isFolder)
    guard exists && isFolder.boolValue else {
      return try dataset([try pair(prefix, part: nil)], name: name)
    }
    var pairs = [try pair(prefix.appendingPathComponent("train"), part: .train)]
    let test = prefix.appendingPathComponent("t10k")
    if find(test, "images", 3) != nil || find(test, "labels", 1) != nil {
      pairs.append(try pair(test, part: .test))
    } else {
      pairs[0].part = nil
    }
    return try dataset(pairs, name: name)
  }

  /// Two files in memory.
  struct Pair {
    let images: Data
    let labels: Data
    let place: String
    var part: StoppingPaths.Split?
  }

  func dataset(_ pairs: [Pair], name: String) throws -> Dataset {
    var samples = SampleCollector(name: name, mostBytes: mostBytes)
    var shape: InputShape?
    var isBytes = true
    for pair in pairs {
      let (imagePlace, labelPlace) = ("\(pair.place) images", "\(pair.place) labels")
      let (imageBytes, labelBytes) = (try unpacked(pair.images, imagePlace), try unpacked(pair.labels, labelPlace))
      let images = try IDXArray(imageBytes, name: imagePlace)
      let labels = try IDXArray(labelBytes, name: labelPlace).labels(name: labelPlace)
      guard images.shape[0] == labels.count else {
        throw InputError.data("\(pair.place): \(images.shape[0]) images and \(labels.count) labels; allowed: as many")
      }
      let here = try inputShape(images.shape, imagePlace)
      guard shape == nil || shape == here else {
        throw InputError.data("\(imagePlace): \(here), the file before has \(shape.map(\.description) ?? "")")
      }
      shape = here
      try samples.reserve(samples: labels.count, inputs: labels.count * here.count, place: imagePlace)
      samples.note(imageBytes)
      samples.note(labelBytes)
      try images.forEach(name: imagePlace) { samples.append($0) }
      isBytes = isBytes && images.kind == .unsignedByte
      for label in labels { samples.append(label: label, part: pair.part) }
    }
    if isBytes { samples.scale(by: 255) } else { samples.scaleByLargest() }
    return try samples.dataset(shape: shape ?? .vector(0))
  }

  private func unpacked(_ data: Data, _ place: String) throws -> Data {
    Gzip.isCompressed(data) ? try Gzip.inflate(data, name: place, mostBytes: mostBytes) : data
  }

  private func inputShape(_ shape: [Int], _ place: String) throws -> InputShape {
    switch shape.count {
    case 2: .vector(shape[1])
    case 3: .image(channels: 1, height: shape[1], width: shape[2])
    case 4: .image(channels: shape[1], height: shape[2], width: shape[3])
    default: throw InputError.data("\(place): dimensions \(shape); allowed: samples first, then 1 to 3 dimensions")
    }
  }

  private func pair(_ prefix: URL, part: StoppingPaths.Split?) throws -> Pair {
    func file(_ what: String, _ dimensions: Int) throws -> Data {
      guard let url = find(prefix, what, dimensions) else {
        throw InputError.data(
          "no such file: \(prefix.path)-\(what)-idx\(dimensions)-ubyte, nor with a dot before idx, nor with .gz")
      }
      return try AtomicFile.read(url)
    }
    return Pair(images: try file("images", 3), labels: try file("labels", 1), place: prefix.path, part: part)
  }

  private func find(_ prefix: URL, _ what: String, _ dimensions: Int) -> URL? {
    let folder = prefix.deletingLastPathComponent()
    for separator in ["-", "."] {
      for ending in ["", ".gz"] {
        let name = "\(prefix.lastPathComponent)-\(what)\(separator)idx\(dimensions)-ubyte\(ending)"
        let url = folder.appendingPathComponent(name)
        if FileManager.default.fileExists(atPath: url.path) { return url }
      }
    }
    return nil
  }
}
