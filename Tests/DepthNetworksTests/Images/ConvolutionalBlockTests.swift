import DepthNumerics
import Testing

@testable import DepthNetworks

@Suite struct ConvolutionalBlockTests {
  private static let shapes = [
    ImageShape(channels: 16, height: 5, width: 6), ImageShape(channels: 32, height: 3, width: 3),
    ImageShape(channels: 16, height: 1, width: 1),
  ]

  @Test(arguments: ConvolutionalBlock.Order.allCases) func gradientsMatchDifferences(order: ConvolutionalBlock.Order) {
    for shape in Self.shapes {
      let block = ConvolutionalBlock(shape: shape, order: order)
      DifferentiableMap(block).expectGradients(points: 150, "\(order), \(shape)")
    }
  }

  @Test(arguments: ConvolutionalBlock.Order.allCases) func precisionsAndBatchesAgree(order: ConvolutionalBlock.Order) {
    for shape in Self.shapes + [ImageShape(channels: 64, height: 7, width: 7)] {
      let block = ConvolutionalBlock(shape: shape, order: order, groups: shape.channels / 16)
      DifferentiableMap(block).expectAgreement("\(order), \(shape)")
    }
  }

  /// On planes, written out from the formula alone.
  @Test(arguments: ConvolutionalBlock.Order.allCases) func theBlockIsItsFormula(order: ConvolutionalBlock.Order) {
    let shape = ImageShape(channels: 16, height: 4, width: 3)
    let block = ConvolutionalBlock(shape: shape, order: order, groups: 4)
    let map = DifferentiableMap(block)
    var stream = RandomStream(seed: 21)
    let state = stream.normals(shape.stateCount)
    let p = map.parameters
    let (c, weights) = (16, shape.convolution.weightCount)
    func convolve(_ x: [Double], _ w: Int) -> [Double] {
      Planes.convolved(x, shape) { o, i, ky, kx in
        p[w + shape.convolution.weight(output: o, input: i, ky: ky, kx: kx)]
      }
    }
    func normalise(_ x: [Double], _ gain: Int) -> [Double] {
      Planes.normalised(x, shape, groups: 4).enumerated().map { p[gain + $0 / 12] * $1 + p[gain + c + $0 / 12] }
    }
    func rectify(_ x: [Double]) -> [Double] { x.map { max(0, $0) } }
    let h = shape.planar(state)
    let (w1, g2) = (2 * c, 2 * c + weights)
    let w2 = g2 + 2 * c
    let f =
      order == .preActivation
      ? convolve(rectify(normalise(convolve(rectify(normalise(h, 0)), w1), g2)), w2)
      : normalise(convolve(rectify(normalise(convolve(h, w1), 0)), w2), g2)
    let own = shape.planar(map.evaluate(p, state, 1))
    #expect(zip(own, f).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test func weightDecaySparesGainsAndBiases() {
    let block = ConvolutionalBlock(shape: ImageShape(channels: 16, height: 2, width: 2))
    #expect(block.parameterCount == 2 * 2304 + 64)
    #expect(block.decayedRanges == [32..<2336, 2368..<4672])
  }

  /// The sum of L blocks of size Delta is of the state's size at the start, whatever L and Delta are.
  @Test(arguments: ConvolutionalBlock.Order.allCases) func blocksStartSmall(order: ConvolutionalBlock.Order) {
    let block = ConvolutionalBlock(shape: ImageShape(channels: 32, height: 8, width: 8), order: order)
    var stream = RandomStream(seed: 2)
    var parameters = [Double](repeating: 0, count: block.parameterCount)
    parameters.withUnsafeMutableBufferPointer {
      block.initialise($0.baseAddress!, stream: &stream, blocks: 16, blockSize: 0.1)
    }
    let state = stream.normals(block.stateCount)
    let f = DifferentiableMap(block).evaluate(parameters, state, 1)
    let size = (f.reduce(0) { $0 + $1 * $1 } / Double(f.count)).squareRoot() * 0.1 * 4
    #expect((0.6...1.6).contains(size), "\(size)")
  }
}

/// Convolution and normalisation on planes, [channel][y][x].
enum Planes {
  static func convolved(
    _ x: [Double], _ shape: ImageShape, weight: (Int, Int, Int, Int) -> Double
  ) -> [Double] {
    let (c, h, w) = (shape.channels, shape.height, shape.width)
    var y = [Double](repeating: 0, count: x.count)
    for o in 0..<c {
      for i in 0..<c {
        for tap in 0..<9 {
          let (ky, kx) = (tap / 3, tap % 3)
          let factor = weight(o, i, ky, kx)
          for py in 0..<h where (0..<h).contains(py + ky - 1) {
            for px in 0..<w where (0..<w).contains(px + kx - 1) {
              y[(o * h + py) * w + px] += factor * x[(i * h + py + ky - 1) * w + px + kx - 1]
            }
          }
        }
      }
    }
    return y
  }

  static func normalised(_ x: [Double], _ shape: ImageShape, groups: Int) -> [Double] {
    let size = x.count / groups
    return (0..<groups).flatMap { g in
      let part = x[(g * size)..<((g + 1) * size)]
      let mean = part.reduce(0, +) / Double(size)
      let variance = part.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(size)
      return part.map { ($0 - mean) / (variance + 1e-5).squareRoot() }
    }
  }
}
