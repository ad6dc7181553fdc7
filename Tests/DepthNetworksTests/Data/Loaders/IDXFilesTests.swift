import DepthRuns
import Foundation
import Testing

@testable import DepthNetworks

@Suite struct IDXFilesTests {
  private static let labels = SampleFiles.idx(type: 8, [2], [1, 0])

  private func load(_ images: Data, _ labels: Data = IDXFilesTests.labels, mostBytes: Int = 1 << 16) throws -> Dataset {
    var files = IDXFiles()
    files.mostBytes = mostBytes
    return try files.dataset([.init(images: images, labels: labels, place: "toy", part: nil)], name: "toy")
  }

  @Test func everyTypeHoldsTheSameNumbers() throws {
    // 1, -2 (254 as an unsigned byte), 64 and 127 in each type
    let bodies: [(UInt8, [UInt8])] = [
      (9, [1, 254, 64, 127]), (11, [0, 1, 255, 254, 0, 64, 0, 127]),
      (12, [0, 0, 0, 1, 255, 255, 255, 254, 0, 0, 0, 64, 0, 0, 0, 127]),
      (13, [0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0, 0x42, 0x80, 0, 0, 0x42, 0xfe, 0, 0]),
      (
        14,
        [
          0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x50, 0, 0, 0, 0, 0, 0, 0x40, 0x5f, 0xc0, 0, 0,
          0,
          0, 0,
        ]
      ),
    ]
    for (type, body) in bodies {
      let data = try load(SampleFiles.idx(type: type, [2, 2], body))
      #expect(data.inputs == [1, -2, 64, 127].map { Float($0 / 127.0) }, "type \(type)")
      #expect(data.inputShape == .vector(2))
    }
    let bytes = try load(SampleFiles.idx(type: 8, [2, 1, 2], [0, 51, 255, 102]))
    #expect(bytes.inputs == [0, 0.2, 1, 0.4] && bytes.inputShape == .image(channels: 1, height: 1, width: 2))
    #expect(bytes.labels == [1, 0])
  }

  @Test func compressedFilesAreTheSame() throws {
    let images = SampleFiles.idx(type: 8, [2, 1, 2], [0, 51, 255, 102])
    #expect(try load(images) == load(SampleFiles.gzip(images), SampleFiles.gzip(Self.labels)))
  }

  @Test func foldersKeepTheGivenTestPart() throws {
    let folder = try ScratchFolder()
    try folder.write(SampleFiles.idx(type: 8, [2, 1, 2], [0, 51, 255, 102]), "train-images-idx3-ubyte")
    try folder.write(SampleFiles.gzip(Self.labels), "train-labels.idx1-ubyte.gz")
    #expect(try IDXFiles().read(folder.url, name: "a").split == nil)
    try folder.write(SampleFiles.idx(type: 8, [1, 1, 2], [9, 9]), "t10k-images-idx3-ubyte")
    let missing = #expect(throws: InputError.self) { try IDXFiles().read(folder.url, name: "a") }
    #expect(missing?.description.contains("t10k-labels") == true)
    try folder.write(SampleFiles.idx(type: 8, [1], [1]), "t10k-labels-idx1-ubyte")
    let data = try DatasetCatalogue.load("idx:\(folder.url.path)")
    #expect(data.split == [.train, .train, .test] && data.labels == [1, 0, 1])
    let alone = try DatasetCatalogue.load("idx:\(folder.url.path)/train")
    #expect(alone.sampleCount == 2 && alone.split == nil)
  }

  @Test func nonsenseIsNamed() {
    let good = SampleFiles.idx(type: 8, [2, 2], [1, 2, 3, 4])
    let cases: [(Data, String)] = [
      (Data(), "two zero bytes"), (Data([0, 0, 8]), "two zero bytes"), (Data("hello".utf8), "two zero bytes"),
      (SampleFiles.idx(type: 10, [2, 2], [1, 2, 3, 4]), "type 10"), (Data([0, 0, 8, 9, 0, 0, 0, 1]), "9 dimensions"),
      (Data([0, 0, 8, 2, 0, 0]), "cut off"), (good.dropLast(), "need 4 bytes"), (good + [0], "holds 5"),
      (SampleFiles.idx(type: 8, [2, 0x7fff_ffff, 0x7fff_ffff, 0x7fff_ffff], []), "need more than 2^63"),
      (SampleFiles.idx(type: 8, [0, 0xffff_ffff, 0xffff_ffff], []), "lengths from 1"),
      (SampleFiles.idx(type: 13, [2, 1], [0x7f, 0x80, 0, 0, 0x7f, 0xc0, 0, 0]), "not finite"),
      (SampleFiles.idx(type: 8, [3, 1], [1, 2, 3]), "3 images and 2 labels"),
      (SampleFiles.gzip(good).dropLast(9), "cut off"),
      (SampleFiles.gzipBomb(matches: 4000), "unpacks to more than 65536"),
    ]
    for (images, text) in cases {
      let error = #expect(throws: InputError.self) { try load(images) }
      #expect(error?.description.contains(text) == true, "\(error?.description ?? "") lacks \(text)")
    }
    #expect(throws: InputError.self) { try load(good, SampleFiles.idx(type: 13, [2], [0, 0, 0, 0, 0, 0, 0, 0])) }
    #expect(throws: InputError.self) { try load(good, SampleFiles.idx(type: 9, [2], [255, 0])) }
    #expect(throws: InputError.self) { try load(good, mostBytes: 15) }
  }
}
