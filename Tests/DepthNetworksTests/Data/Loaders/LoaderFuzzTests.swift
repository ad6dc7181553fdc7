import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthNetworks

/// Every loader on damaged files: a data set or one clear line, no trap, memory under the bound.
///
/// `make fuzz-data` sets FUZZ_DATA to a million; the suite tries a few thousand.
@Suite struct LoaderFuzzTests {
  /// A loader with files that it reads, in memory.
  struct Target: Sendable, CustomTestStringConvertible {
    let name: String
    let seeds: [Data]
    /// Whether the seeds are text, so that whole numbers are replaced as well as bytes.
    var isText = false
    let load: @Sendable (Data) throws -> Dataset?
    var testDescription: String { name }
  }

  static let mostBytes = 1 << 18
  private static let count = Int(ProcessInfo.processInfo.environment["FUZZ_DATA"] ?? "") ?? 6000

  @Test func everyLoaderSurvivesDamagedFiles() throws {
    let targets = try Self.targets()
    let before = try Self.peakMemory()
    let each = (Self.count + targets.count - 1) / targets.count
    var summary: [String] = []
    for (index, target) in targets.enumerated() {
      var (loaded, refused) = (0, 0)
      for round in 0..<each {
        var stream = RandomStream(seed: 77, stream: UInt64(index) << 32 | UInt64(round))
        var mutator = Mutator(draws: stream.uniforms(64))
        let seed = target.seeds[mutator.integer(target.seeds.count)]
        let input = mutator.mutated(seed, isText: target.isText)
        do {
          if let data = try target.load(input) {
            try Self.require(data.inputs.allSatisfy(\.isFinite), "a value that is not finite", target, input)
            try Self.require(data.inputs.count * 4 <= Self.mostBytes, "\(data.inputs.count) inputs", target, input)
            try Self.require(data.classCount > 1 && data.inputCount > 0, "no classes or inputs", target, input)
          }
          loaded += 1
        } catch let error as InputError {
          let line = error.description
          let isOneLine = !line.isEmpty && !line.contains { $0.isNewline } && line.utf8.count < 1000
          try Self.require(error.kind == .data && isOneLine, "the error '\(line)'", target, input)
          refused += 1
        }
      }
      summary.append("\(target.name): \(loaded) loaded, \(refused) refused")
      #expect(refused > 0)
    }
    let growth = try Self.peakMemory() - before
    #expect(growth < 256 << 20, "peak memory grew by \(growth >> 20) MiB")
    if Self.count > 6000 { print(summary.joined(separator: "\n") + "\npeak memory grew by \(growth >> 20) MiB") }
  }

  private struct Finding: Error, CustomStringConvertible { let description: String }

  private static func require(_ isFine: Bool, _ what: String, _ target: Target, _ input: Data) throws {
    if !isFine { throw Finding(description: "\(target.name): \(what) for \(input.base64EncodedString())") }
  }

  /// Bytes, from the kernel's high-water mark.
  private static func peakMemory() throws -> Int {
    let status = String(decoding: try AtomicFile.read(URL(fileURLWithPath: "/proc/self/status")), as: UTF8.self)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") } ?? ""
    return (Int(line.filter(\.isNumber)) ?? 0) << 10
  }

  static func targets() throws -> [Target] {
    let csv = Data("a,b,label\n1,2.5,0\n-3,4e2,1\n0,0.25,2\n7,7,0\n".utf8)
    let idxImages = [
      SampleFiles.idx(type: 8, [2, 2, 3], Array(0..<12)),
      SampleFiles.idx(type: 13, [2, 1], [63, 128, 0, 0, 192, 0, 0, 0]),
      SampleFiles.idx(type: 11, [2, 1, 2, 1], [0, 1, 0, 2, 0, 3, 0, 4]),
      SampleFiles.idx(type: 14, [2, 1], [63, 240, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0]),
    ]
    let idxLabels = SampleFiles.idx(type: 8, [2], [0, 1])
    let arrays = [
      "inputs": NumericArray(shape: [2, 1, 2, 3], values: Array(stride(from: 0, to: 12, by: 1))),
      "labels": NumericArray([0, 1]), "split": NumericArray([0, 2]),
    ]
    let record = Data([0] + (0..<3072).map { UInt8($0 & 255) }) + Data([1] + (0..<3072).map { UInt8($0 & 127) })
    let allTen = (0..<11).reduce(Data()) { $0 + [UInt8($1 % 10)] + record.prefix(3073).dropFirst() }
    let text = Data(String(repeating: "the quick brown fox, ", count: 8).utf8)
    var csvFile = CSVFile()
    csvFile.mostBytes = mostBytes
    let readCSV = csvFile
    var textFile = TextFile()
    (textFile.length, textFile.mostBytes) = (5, mostBytes)
    let readText = textFile
    var idxFiles = IDXFiles()
    idxFiles.mostBytes = mostBytes
    let readIDX = idxFiles
    var arrayFiles = ArrayFiles()
    arrayFiles.mostBytes = mostBytes
    let readArrays = arrayFiles
    @Sendable func unpacked(_ data: Data) throws -> Data {
      Gzip.isCompressed(data) ? try Gzip.inflate(data, name: "x.gz", mostBytes: mostBytes) : data
    }
    let bomb = SampleFiles.gzipBomb(matches: 3000)
    return [
      Target(name: "csv", seeds: [csv], isText: true) { try readCSV.parse($0, name: "x", place: "x.csv") },
      Target(name: "csv.gz", seeds: [SampleFiles.gzip(csv), bomb]) {
        try readCSV.parse(unpacked($0), name: "x", place: "x.csv")
      },
      Target(name: "idx images", seeds: idxImages + [SampleFiles.gzip(idxImages[0]), bomb]) {
        try readIDX.dataset([.init(images: $0, labels: idxLabels, place: "x", part: nil)], name: "x")
      },
      Target(name: "idx labels", seeds: [idxLabels, SampleFiles.gzip(idxLabels)]) {
        try readIDX.dataset([.init(images: idxImages[0], labels: $0, place: "x", part: nil)], name: "x")
      },
      Target(name: "npy", seeds: try ["inputs", "labels"].map { try #require(arrays[$0]).npy }) { data in
        let array = try NumericArray(npy: data, name: "x.npy", mostBytes: mostBytes)
        return try readArrays.dataset(
          ["inputs": array, "labels": NumericArray([0, 1])], name: "x", place: "x", digest: data)
      },
      Target(name: "npz", seeds: [try SampleFiles.npz(arrays)]) { data in
        try readArrays.dataset(
          ArrayArchive.read(data, name: "x", mostBytes: mostBytes), name: "x", place: "x", digest: data)
      },
      Target(name: "cifar-10", seeds: [allTen]) {
        try CIFARFolder.ten.dataset([.init(data: $0, place: "x.bin", isTest: false)], name: "x", mostBytes: mostBytes)
      },
      Target(name: "cifar-100", seeds: [record + [0, 1]]) {
        try CIFARFolder.hundred.dataset(
          [.init(data: $0, place: "x.bin", isTest: true)], name: "x", mostBytes: mostBytes)
      },
      Target(name: "images", seeds: SampleFiles.images) {
        let image = try DecodedImage($0, place: "x.png", mostPixels: 1 << 14)
        let square = image.square(side: 3)
        guard square.allSatisfy({ $0 >= 0 && $0 <= 1 }), image.planes.count == image.pixels.count else {
          throw Finding(description: "pixels out of range")
        }
        return nil
      },
      Target(name: "text", seeds: [text, SampleFiles.gzip(text), bomb], isText: true) {
        try readText.parse(unpacked($0), name: "x", place: "x.txt")
      },
      Target(name: "tar", seeds: [SampleFiles.tar([("a/b", text), ("c", csv)])]) {
        _ = try TarFile.files($0, name: "x.tar")
        return nil
      },
    ]
  }
}

/// Damages files: cuts, flipped bits, extreme numbers, repeated and missing stretches, nonsense.
private struct Mutator {
  private let draws: [Double]
  private var next = 0

  init(draws: [Double]) { self.draws = draws }

  mutating func integer(_ bound: Int) -> Int {
    next = (next + 1) % draws.count
    return min(bound - 1, Int(draws[next] * Double(bound)))
  }

  mutating func mutated(_ seed: Data, isText: Bool) -> Data {
    var bytes = [UInt8](seed)
    for _ in 0..<(1 + integer(4)) { change(&bytes, isText: isText) }
    return Data(bytes)
  }

  private static let words = [
    "nan", "inf", "-inf", "1e999", "-1", "99999999999999999999", "0x7f", "", "1e-400", "\u{FFFD}", ",", "\n", "\"",
    "\u{1F600}",
  ]
  private static let extremes: [UInt64] = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 0x7f80_0000, .max]

  private mutating func change(_ bytes: inout [UInt8], isText: Bool) {
    guard !bytes.isEmpty else {
      bytes = (0..<integer(40)).map { _ in UInt8(integer(256)) }
      return
    }
    let at = integer(bytes.count)
    switch integer(isText ? 8 : 7) {
    case 0: bytes.removeLast(bytes.count - at)
    case 1: bytes[at] ^= 1 << UInt8(integer(8))
    case 2: bytes[at] = UInt8(integer(256))
    case 3:
      let (value, size) = (Self.extremes[integer(Self.extremes.count)], [1, 2, 4, 8][integer(4)])
      let isBig = integer(2) == 0
      for i in 0..<size where at + i < bytes.count {
        bytes[at + i] = UInt8(truncatingIfNeeded: value >> UInt64(8 * (isBig ? size - 1 - i : i)))
      }
    case 4: bytes.removeSubrange(at..<min(bytes.count, at + 1 + integer(20)))
    case 5: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 1 + integer(200))], at: integer(bytes.count))
    case 6: if integer(20) == 0 { bytes = (0..<integer(60)).map { _ in UInt8(integer(256)) } }
    default: bytes.insert(contentsOf: Self.words[integer(Self.words.count)].utf8, at: at)
    }
  }
}
