import DepthRuns
import Foundation
import Testing

@testable import DepthNetworks

@Suite struct CIFARFolderTests {
  private static func record(_ labels: [UInt8]) -> Data { Data(labels + (0..<3072).map { UInt8($0 % 256) }) }

  @Test func recordsBecomeImagesWithTheirParts() throws {
    let folder = try ScratchFolder()
    for batch in 1...5 {
      try folder.write(
        Self.record([UInt8(batch)]) + Self.record([UInt8(batch - 1)]), "cifar-10-batches-bin/data_batch_\(batch).bin")
    }
    let missing = #expect(throws: InputError.self) { try DatasetCatalogue.load("cifar-10:\(folder.url.path)") }
    #expect(missing?.description.contains("test_batch.bin") == true)
    try folder.write((6...9).reduce(Data()) { $0 + Self.record([UInt8($1)]) }, "cifar-10-batches-bin/test_batch.bin")
    let data = try DatasetCatalogue.load("cifar-10:\(folder.url.path)")
    #expect(data.labels == [1, 0, 2, 1, 3, 2, 4, 3, 5, 4, 6, 7, 8, 9] && data.classCount == 10)
    #expect(data.inputShape == .image(channels: 3, height: 32, width: 32))
    #expect(data.split?.filter { $0 == .test }.count == 4 && data.input(3)[3 * 3072 + 255] == 1)
  }

  @Test func theFineLabelOfTheHundredCounts() throws {
    let batch = (0..<100).reduce(Data()) { $0 + Self.record([3, UInt8($1)]) }
    let data = try CIFARFolder.hundred.dataset(
      [.init(data: batch, place: "train.bin", isTest: false)], name: "c", mostBytes: 1 << 24)
    #expect(data.labels == Array(0..<100))
  }

  @Test func nonsenseIsNamed() {
    let cases: [(Data, String)] = [
      (Data(), "0 bytes"), (Self.record([1]).dropLast(), "whole records of 3073"),
      (Self.record([10]), "record 0 is 10"),
      (Self.record([1]), "1 of 10"),
    ]
    for (batch, text) in cases {
      let error = #expect(throws: InputError.self) {
        try CIFARFolder.ten.dataset([.init(data: batch, place: "b", isTest: false)], name: "c", mostBytes: 1 << 20)
      }
      #expect(error?.description.contains(text) == true, "\(error?.description ?? "") lacks \(text)")
    }
  }
}
