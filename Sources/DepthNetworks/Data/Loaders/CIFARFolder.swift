import DepthRuns
import DepthStopping
import Foundation

/// CIFAR-10 or CIFAR-100 in the binary version: records of one or two label bytes and 3 x 32 x 32 bytes, divided by 255.
///
/// The training batches are the train part, the test batch is the test part. CIFAR-100's labels are the 100 fine ones.
/// Source: A. Krizhevsky, "Learning multiple layers of features from tiny images" (2009), and the data set's page.
public enum CIFARFolder: Sendable {
  case ten, hundred

  static let shape = InputShape.image(channels: 3, height: 32, width: 32)
  private var labelBytes: Int { self == .ten ? 1 : 2 }
  private var classCount: Int { self == .ten ? 10 : 100 }
  private var trainFiles: [String] { self == .ten ? (1...5).map { "data_batch_\($0).bin" } : ["train.bin"] }
  private var testFile: String { self == .ten ? "test_batch.bin" : "test.bin" }
  private var innerFolder: String { self == .ten ? "cifar-10-batches-bin" : "cifar-100-binary" }

  /// Reads the folder that holds the batches, or the one above it.
  ///
  /// - Throws: `InputError.data` naming the batch that is missing or wrong.
  public func read(_ folder: URL, name: String, mostBytes: Int = Dataset.mostBytes) throws -> Dataset {
    let inner = folder.appendingPathComponent(innerFolder)
    let place = FileManager.default.fileExists(atPath: inner.path) ? inner : folder
    return try dataset(
      (trainFiles + [testFile]).map { file in
        Batch(data: try AtomicFile.read(place.appendingPathComponent(file)), place: file, isTest: file == testFile)
      }, name: name, mostBytes: mostBytes)
  }

  struct Batch {
    let data: Data
    let place: String
    let isTest: Bool
  }

  func dataset(_ batches: [Batch], name: String, mostBytes: Int) throws -> Dataset {
    let pixels = Self.shape.count
    let record = labelBytes + pixels
    var samples = SampleCollector(name: name, mostBytes: mostBytes)
    for batch in batches {
      guard !batch.data.isEmpty, batch.data.count % record == 0 else {
        throw InputError.data("\(batch.place): \(batch.data.count) bytes; allowed: whole records of \(record)")
      }
      let count = batch.data.count / record
      try samples.reserve(samples: count, inputs: count * pixels, place: batch.place)
      samples.note(batch.data)
      try batch.data.withUnsafeBytes { raw in
        for i in 0..<count {
          let label = Int(raw[i * record + labelBytes - 1])
          guard label < classCount else {
            throw InputError.data("\(batch.place): label of record \(i) is \(label); allowed: 0 to \(classCount - 1)")
          }
          samples.append(label: label, part: batch.isTest ? .test : .train)
          let start = i * record + labelBytes
          samples.append(raw[start..<(start + pixels)].lazy.map { Float($0) / 255 })
        }
      }
    }
    return try samples.dataset(shape: Self.shape, classCount: classCount)
  }
}
