import DepthNumerics
import DepthRuns
import DepthStopping
import Foundation

/// A folder of images per class: `DIR/CLASS/*.png`, `*.jpg`, `*.jpeg` (any case); or the ImageNet layout, `DIR/train/CLASS/...` beside
/// `DIR/val/CLASS/...` and perhaps `DIR/test/CLASS/...`.
///
/// Classes in the order of their folders' names (bytes). `val` alone is the test part; beside `test` it is the fit part. Pixels
/// lie in [0, 1].
public struct ImageFolder: Sendable {
  /// Resize the shorter side to this and crop the centre; nil: images as they are, which must then be of one size.
  public var side: Int?
  /// 1 grey, 3 colour; nil: what the first image holds.
  public var channels: Int?
  public var mostBytes = Dataset.mostBytes
  public var threads = 1

  public init() {}

  private struct File {
    let url: URL
    let label: Int
    let part: StoppingPaths.Split?
  }

  /// - Throws: `InputError.data` naming the folder or the image.
  public func read(_ folder: URL, name: String) throws -> Dataset {
    let (files, classes) = try list(folder)
    guard let firstFile = files.first else {
      throw InputError.data("\(folder.path) holds no images; allowed: CLASS/*.png, *.jpg or *.jpeg")
    }
    let first = try DecodedImage(AtomicFile.read(firstFile.url), channels: channels, place: firstFile.url.path)
    let shape = InputShape.image(
      channels: first.channels, height: side ?? first.height, width: side ?? first.width)
    var samples = SampleCollector(name: name, mostBytes: mostBytes)
    let (total, overflow) = files.count.multipliedReportingOverflow(by: shape.count)
    try samples.reserve(samples: files.count, inputs: overflow ? .max : total, place: folder.path)
    // decoded side by side, a batch at a time, and taken in order
    let batch = 64 * threads
    for start in stride(from: 0, to: files.count, by: batch) {
      let group = files[start..<min(files.count, start + batch)]
      let decoded = Parallel.map(group.count, threads: threads) { index in
        Result { try decode(group[group.startIndex + index].url, shape) }
      }
      for (file, result) in zip(group, decoded) {
        let (data, values) = try result.get()
        samples.note(data)
        samples.append(values)
        samples.append(label: file.label, part: file.part)
      }
    }
    return try samples.dataset(shape: shape, classCount: classes.count, classNames: classes)
  }

  private func decode(_ url: URL, _ shape: InputShape) throws -> (Data, [Float]) {
    guard case .image(let channels, let height, let width) = shape else { preconditionFailure("images have a shape") }
    let data = try AtomicFile.read(url)
    let image = try DecodedImage(data, channels: channels, place: url.path)
    if let side { return (data, image.square(side: side)) }
    guard image.height == height, image.width == width else {
      throw InputError.data(
        "\(url.path) has \(image.width) x \(image.height) pixels, the first image \(width) x \(height); set side to resize"
      )
    }
    return (data, image.planes)
  }

  private func list(_ folder: URL) throws -> ([File], classes: [String]) {
    let top = try folders(in: folder)
    guard top.contains("train") else { return try list(folder, top, part: nil) }
    let classes = try folders(in: folder.appendingPathComponent("train"))
    var files = try list(folder.appendingPathComponent("train"), classes, part: .train).0
    let hasTest = top.contains("test")
    for (name, part) in [("val", StoppingPaths.Split.fit), ("test", .test)] where top.contains(name) {
      let sub = folder.appendingPathComponent(name)
      let here = try folders(in: sub)
      if let stranger = here.first(where: { !classes.contains($0) }) {
        throw InputError.data("\(sub.path) has the class '\(stranger)', which train has not")
      }
      files += try list(sub, classes, part: name == "val" && !hasTest ? .test : part).0
    }
    return (files, classes)
  }

  private func list(
    _ folder: URL, _ classes: [String], part: StoppingPaths.Split?
  ) throws -> ([File], classes: [String]) {
    let files = try classes.enumerated().flatMap { label, name -> [File] in
      let sub = folder.appendingPathComponent(name)
      guard FileManager.default.fileExists(atPath: sub.path) else { return [] }
      return try names(in: sub).filter(Self.isImage).map {
        File(url: sub.appendingPathComponent($0), label: label, part: part)
      }
    }
    return (files, classes)
  }

  private func folders(in folder: URL) throws -> [String] {
    try names(in: folder).filter { name in
      var isFolder: ObjCBool = false
      let path = folder.appendingPathComponent(name).path
      return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
  }

  /// Names in the order of their bytes, hidden ones left out.
  private func names(in folder: URL) throws -> [String] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
      throw InputError.data("no such folder: \(folder.path)")
    }
    return names.filter { !$0.hasPrefix(".") }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func isImage(_ name: String) -> Bool {
    let lowered = name.lowercased()
    return [".png", ".jpg", ".jpeg"].contains { lowered.hasSuffix($0) }
  }
}
