import DepthRuns
import DepthStopping
import Foundation
import Testing

@testable import DepthNetworks

@Suite struct DatasetTests {
  @Test func digitsAreWhatTheyShouldBe() throws {
    let digits = try DatasetCatalogue.load("digits")
    #expect(digits.sampleCount == 1797 && digits.inputCount == 64 && digits.classCount == 10)
    #expect(digits.inputs.allSatisfy { (0...1).contains($0) } && digits.inputs.contains(1))
    #expect(digits.sha256 == DatasetCatalogue.digits.sha256 && digits.split == nil)
    // sixteenths are exact in single precision
    #expect(digits.inputs.allSatisfy { ($0 * 16).rounded() == $0 * 16 })
  }

  @Test func splitsAreStratifiedSeededAndDisjoint() throws {
    let labels = try DatasetCatalogue.load("digits").labels
    let parts = StratifiedSplit.parts(of: labels, seed: 3)
    #expect(parts == StratifiedSplit.parts(of: labels, seed: 3))
    #expect(parts != StratifiedSplit.parts(of: labels, seed: 4))
    for label in 0..<10 {
      let members = labels.indices.filter { labels[$0] == label }
      let train = members.filter { parts[$0] == .train }.count
      #expect(abs(Double(train) - 0.6 * Double(members.count)) <= 0.5)
    }
  }

  @Test func givenPartsAreKept() {
    func dataset(_ split: [StoppingPaths.Split]?) -> Dataset {
      Dataset(
        name: "toy", inputs: [Float](repeating: 0, count: 140), labels: (0..<140).map { $0 % 2 },
        inputShape: .vector(1), classCount: 2, sha256: "", split: split)
    }
    let given: [StoppingPaths.Split] = (0..<140).map { $0 < 120 ? .train : .test }
    let parts = StratifiedSplit.parts(of: dataset(given), seed: 1)
    #expect(parts[120...].allSatisfy { $0 == .test } && !parts[..<120].contains(.test))
    for label in 0..<2 {
      #expect(parts.indices.filter { $0 % 2 == label && parts[$0] == .fit }.count == 10)
    }
    #expect(parts != StratifiedSplit.parts(of: dataset(given), seed: 2))
    let whole: [StoppingPaths.Split] = (0..<140).map { $0 < 60 ? .train : $0 < 100 ? .fit : .test }
    #expect(StratifiedSplit.parts(of: dataset(whole), seed: 1) == whole)
    #expect(StratifiedSplit.parts(of: dataset(nil), seed: 1) == StratifiedSplit.parts(of: dataset(nil).labels, seed: 1))
  }
}
