import DepthRuns
import Testing

@testable import DepthNetworks

@Suite struct AugmentationTests {
  private static let shape = InputShape.image(channels: 2, height: 4, width: 5)
  private static let image = (1...40).map { Float($0) }

  private func apply(_ augmentation: Augmentation, seed: UInt64 = 1, epoch: Int = 0, sample: Int = 0) -> [Float] {
    var result = [Float](repeating: -1, count: augmentation.outputShape(of: Self.shape).count)
    augmentation.apply(
      Self.image, shape: Self.shape, seed: seed, epoch: epoch, sample: sample, of: 10, into: &result)
    return result
  }

  /// The image moved by (down, right), zero where nothing is.
  private func moved(_ down: Int, _ right: Int, mirrored: Bool) -> [Float] {
    (0..<40).map { index in
      let (channel, row, column) = (index / 20, index / 5 % 4 - down, index % 5)
      let source = (mirrored ? 4 - column : column) - right
      return (0..<4).contains(row) && (0..<5).contains(source) ? Self.image[channel * 20 + row * 5 + source] : 0
    }
  }

  @Test func nothingChangesNothing() throws {
    #expect(apply(.none) == Self.image)
    #expect(try apply(Augmentation(of: Self.shape)) == Self.image)
    #expect(try Augmentation(of: .vector(3)) == .none)
  }

  @Test func itIsAFunctionOfSeedEpochAndSample() throws {
    let augmentation = try Augmentation(shift: 2, flips: true, of: Self.shape)
    #expect(apply(augmentation, epoch: 3, sample: 4) == apply(augmentation, epoch: 3, sample: 4))
    let variants = (0..<40).map { apply(augmentation, epoch: $0) }
    #expect(Set(variants).count > 20)
    #expect(
      apply(augmentation, epoch: 1, sample: 0) != apply(augmentation, epoch: 0, sample: 0)
        || apply(augmentation, seed: 2) != apply(augmentation))
  }

  @Test func everyResultIsAShiftOfTheImageOrItsMirrorImage() throws {
    let augmentation = try Augmentation(shift: 1, flips: true, of: Self.shape)
    var seen: [String: Int] = [:]
    for epoch in 0..<1800 {
      let result = apply(augmentation, epoch: epoch)
      let places = (-1...1).flatMap { down in (-1...1).flatMap { right in [(down, right, false), (down, right, true)] }
      }
      let match = places.first { moved($0.0, $0.1, mirrored: $0.2) == result }
      seen["\(try #require(match))", default: 0] += 1
    }
    // 18 outcomes of 100 each: five standard deviations are 49
    #expect(seen.count == 18 && seen.values.allSatisfy { abs($0 - 100) < 49 })
  }

  @Test func windowsAreCutOutAndCentredInEvaluation() throws {
    let augmentation = try Augmentation(window: 2, of: Self.shape)
    #expect(augmentation.outputShape(of: Self.shape) == .image(channels: 2, height: 2, width: 2))
    let corners = Set((0..<400).map { apply(augmentation, epoch: $0)[0] })
    #expect(corners == Set([1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14]))
    var centre = [Float](repeating: 0, count: 8)
    augmentation.centre(Self.image, shape: Self.shape, into: &centre)
    #expect(centre == [7, 8, 12, 13, 27, 28, 32, 33])
  }

  @Test func sizesOutOfRangeAreRefused() {
    #expect(throws: InputError.self) { try Augmentation(shift: 4, of: Self.shape) }
    #expect(throws: InputError.self) { try Augmentation(window: 5, of: Self.shape) }
    #expect(throws: InputError.self) { try Augmentation(flips: true, of: .vector(3)) }
  }
}
