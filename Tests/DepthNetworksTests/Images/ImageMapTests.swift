import DepthNumerics
import Testing

@testable import DepthNetworks

/// The maps into, between and out of convolutional stages.
@Suite struct ImageMapTests {
  private static let odd = ImageShape(channels: 16, height: 5, width: 7)
  private static let even = ImageShape(channels: 32, height: 4, width: 6)

  private static let maps: [(name: String, map: any StateMap)] = [
    ("grey stem", ImageStem(inputChannels: 1, shape: odd)), ("colour stem", ImageStem(inputChannels: 3, shape: odd)),
    ("wide stem", ImageStem(inputChannels: 18, shape: even)),
    ("subsampling", StageTransition(source: odd)), ("subsampling even", StageTransition(source: even)),
    ("transition", StageTransition(source: odd, convolves: true)),
    ("transition even", StageTransition(source: even, convolves: true)),
    ("mean", PixelMean(shape: even, activates: false)), ("activated mean", PixelMean(shape: even)),
  ]

  @Test func gradientsMatchDifferences() {
    for (name, map) in Self.maps { DifferentiableMap(map).expectGradients(points: 100, name) }
  }

  @Test func precisionsAndBatchesAgree() {
    for (name, map) in Self.maps { DifferentiableMap(map).expectAgreement(name) }
  }

  @Test func subsamplingKeepsEverySecondPixel() {
    let (source, result) = (Self.odd, Self.odd.next)
    #expect((result.channels, result.height, result.width) == (32, 3, 4))
    let state = (0..<source.stateCount).map { Double($0) }
    let planes = result.planar(
      DifferentiableMap(StageTransition(source: source)).evaluate([], source.blocked(state), 1))
    for c in 0..<32 {
      for p in 0..<12 {
        let expected = c < 16 ? state[(c * 5 + p / 4 * 2) * 7 + p % 4 * 2] : 0
        #expect(planes[c * 12 + p] == expected)
      }
    }
  }

  @Test func poolingIsTheMeanOfEachChannel() {
    let shape = Self.even
    var stream = RandomStream(seed: 4)
    let planes = stream.normals(shape.stateCount)
    func means(_ values: [Double]) -> [Double] {
      (0..<32).map { c in values[(c * 24)..<((c + 1) * 24)].reduce(0, +) / 24 }
    }
    let plain = DifferentiableMap(PixelMean(shape: shape, activates: false)).evaluate([], shape.blocked(planes), 1)
    #expect(zip(plain, means(planes)).allSatisfy { abs($0 - $1) < 1e-14 })
    let activated = DifferentiableMap(PixelMean(shape: shape)).evaluate([], shape.blocked(planes), 1)
    let expected = means(Planes.normalised(planes, shape, groups: 4).map { max(0, $0) })
    #expect(zip(activated, expected).allSatisfy { abs($0 - $1) < 1e-13 })
  }

  @Test func layoutsRoundTrip() {
    let shape = Self.even
    let planes = (0..<shape.stateCount).map { Float($0) }
    let state = shape.blocked(planes)
    #expect(shape.planar(state) == planes)
    // nChw16c
    let (inBlocks, inPlanes) = (16 * 24 + (6 + 2) * 16 + 3, (19 * 4 + 1) * 6 + 2)
    #expect(state[inBlocks] == planes[inPlanes])
  }
}
