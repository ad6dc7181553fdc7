import Testing

@testable import DepthNumerics

/// The kernels against the sums that define them, and against each other where one is another's adjoint.
@Suite struct ImageKernelsTests {
  /// Every tile width, one and two blocks of outputs, part blocks of inputs, both strides, images smaller than the filter.
  static let convolutions =
    (1...15).map { Convolution(inputs: 16, outputs: 32, height: 3, width: $0) }
    + [
      Convolution(inputs: 3, outputs: 16, height: 6, width: 29),
      Convolution(inputs: 1, outputs: 16, height: 28, width: 28),
      Convolution(inputs: 20, outputs: 48, height: 5, width: 5),
      Convolution(inputs: 32, outputs: 16, height: 1, width: 1),
      Convolution(inputs: 16, outputs: 32, height: 7, width: 6, stride: 2),
      Convolution(inputs: 5, outputs: 16, height: 4, width: 9, stride: 2),
      Convolution(inputs: 16, outputs: 16, height: 1, width: 2, stride: 2),
      Convolution(inputs: 16, outputs: 16, height: 2, width: 1, stride: 2),
    ]

  /// Numbers inside a framed image of all lanes; the channels beyond `inputs` are zero.
  static func framed<Scalar: MatrixScalar>(
    _ place: ImagePlace, inputs: Int, _ stream: inout RandomStream
  ) -> [Scalar] {
    var buffer = [Scalar](repeating: 0, count: place.bufferCount)
    let draws = stream.normals(inputs * place.pixelCount)
    for c in 0..<inputs {
      for y in 0..<place.height {
        for x in 0..<place.width {
          buffer[place.index(channel: c, y: y, x: x)] = Scalar(draws[(c * place.height + y) * place.width + x])
        }
      }
    }
    return buffer
  }

  static func convolved<Scalar: MatrixScalar>(_ c: Convolution, _ x: [Scalar], _ w: [Scalar]) -> [Scalar] {
    var y = [Scalar](repeating: .nan, count: c.result.bufferCount)
    Scalar.Images.convolve(c, x, w, into: &y)
    return y
  }

  static func dot<Scalar: MatrixScalar>(_ a: [Scalar], _ b: [Scalar]) -> Double {
    zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  private func matchesSums<Scalar: MatrixScalar>(_ c: Convolution, _: Scalar.Type, tolerance: Double) {
    var stream = RandomStream(seed: 5, stream: UInt64(c.width))
    let x: [Scalar] = Self.framed(c.source, inputs: c.inputs, &stream)
    let w = stream.normals(c.weightCount).map { Scalar($0) }
    let y = Self.convolved(c, x, w)
    for o in 0..<c.outputs {
      for py in 0..<c.result.height {
        for px in 0..<c.result.width {
          var sum = 0.0
          for i in 0..<c.inputs {
            for ky in 0..<3 {
              for kx in 0..<3 {
                let (sy, sx) = (py * c.stride + ky - 1, px * c.stride + kx - 1)
                guard (0..<c.height).contains(sy), (0..<c.width).contains(sx) else { continue }
                sum +=
                  Double(w[c.weight(output: o, input: i, ky: ky, kx: kx)])
                  * Double(x[c.source.index(channel: i, y: sy, x: sx)])
              }
            }
          }
          let own = Double(y[c.result.index(channel: o, y: py, x: px)])
          guard abs(own - sum) <= tolerance * 20 else {
            Issue.record("\(c), output \(o) at \(py), \(px): \(own), not \(sum)")
            return
          }
        }
      }
    }
  }

  @Test(arguments: convolutions) func convolutionIsItsSum(_ c: Convolution) {
    matchesSums(c, Double.self, tolerance: 1e-14)
    matchesSums(c, Float.self, tolerance: 4e-6)
  }

  /// Both gradients are exact adjoints: `<y, w * x> = <adjoint(y), x> = <gradient(x, y), w>`.
  private func isAdjoint<Scalar: MatrixScalar>(_ c: Convolution, _: Scalar.Type, tolerance: Double) {
    var stream = RandomStream(seed: 6, stream: UInt64(c.width))
    let x: [Scalar] = Self.framed(c.source, inputs: c.inputs, &stream)
    let w = stream.normals(c.weightCount).map { Scalar($0) }
    let y = stream.normals(c.result.bufferCount).map { Scalar($0) }
    let product = Self.dot(y, Self.convolved(c, x, w))
    let scale = Double(c.weightCount * c.result.pixelCount).squareRoot()

    var gradient = [Scalar](repeating: 0, count: c.weightCount)
    Scalar.Images.addConvolutionGradient(c, x, cotangent: y, at: c.result, to: &gradient)
    #expect(abs(Self.dot(gradient, w) - product) <= tolerance * scale, "\(c): weights")

    var adjoint = [Scalar](repeating: .nan, count: c.adjoint.weightCount)
    Scalar.Images.adjointWeights(c, w, into: &adjoint)
    var spread = [Scalar](repeating: 0, count: c.adjoint.source.bufferCount)
    Scalar.Images.copy(y, at: c.result, scale: 1, into: &spread, at: c.adjointPlace, adding: false)
    let back = Self.convolved(c.adjoint, spread, adjoint)
    var image = [Scalar](repeating: 0, count: c.adjoint.result.bufferCount)
    let inside = ImagePlace(channels: c.source.channels, height: c.height, width: c.width)
    Scalar.Images.copy(x, at: c.source, scale: 1, into: &image, at: inside, adding: false)
    #expect(abs(Self.dot(back, image) - product) <= tolerance * scale, "\(c): input")
  }

  @Test(arguments: convolutions) func gradientsAreAdjoints(_ c: Convolution) {
    isAdjoint(c, Double.self, tolerance: 1e-13)
    isAdjoint(c, Float.self, tolerance: 3e-5)
  }

  @Test func gradientsOfFramedCotangentsAreTheSame() {
    let c = Convolution(inputs: 16, outputs: 16, height: 9, width: 14)
    var stream = RandomStream(seed: 7)
    let x: [Float] = Self.framed(c.source, inputs: 16, &stream)
    let y = stream.normals(c.result.bufferCount).map { Float($0) }
    var (dense, framed) = ([Float](repeating: 1, count: c.weightCount), [Float](repeating: 1, count: c.weightCount))
    SingleImageKernels.addConvolutionGradient(c, x, cotangent: y, at: c.result, to: &dense)
    var spread = [Float](repeating: 0, count: c.result.framed.bufferCount)
    SingleImageKernels.copy(y, at: c.result, scale: 1, into: &spread, at: c.result.framed, adding: false)
    SingleImageKernels.addConvolutionGradient(c, x, cotangent: spread, at: c.result.framed, to: &framed)
    #expect(dense == framed)
  }

  @Test(arguments: [true, false]) func normalisationIsItsFormula(rectified: Bool) {
    let place = ImagePlace(channels: 32, height: 3, width: 5)
    let (groups, size) = (4, 8)
    var stream = RandomStream(seed: 8)
    let x = stream.normals(place.bufferCount).map { 3 + 2 * $0 }
    let (gain, bias) = (stream.normals(32), stream.normals(32))
    var statistics = [Double](repeating: 0, count: 64)
    var y = [Double](repeating: 7, count: place.framed.bufferCount)
    statistics.withUnsafeMutableBufferPointer { statistics in
      gain.withUnsafeBufferPointer { gain in
        bias.withUnsafeBufferPointer { bias in
          let norm = GroupNormalisation(
            statistics: statistics.baseAddress!, channels: 32, gain: gain.baseAddress!, bias: bias.baseAddress!,
            groups: groups, isRectified: rectified)
          DoubleImageKernels.groupStatistics(norm, x, at: place)
          DoubleImageKernels.normalise(norm, x, at: place, into: &y, at: place.framed)
        }
      }
    }
    for g in 0..<groups {
      var values: [Double] = []
      for c in (g * size)..<((g + 1) * size) {
        for p in 0..<15 { values.append(x[place.index(channel: c, y: p / 5, x: p % 5)]) }
      }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      for c in (g * size)..<((g + 1) * size) {
        for p in 0..<15 {
          let v = gain[c] * (x[place.index(channel: c, y: p / 5, x: p % 5)] - mean) / (variance + 1e-5).squareRoot()
          let own = y[place.framed.index(channel: c, y: p / 5, x: p % 5)]
          #expect(abs(own - (rectified ? max(0, v + bias[c]) : v + bias[c])) < 1e-13)
        }
      }
    }
    // the frame is not touched
    #expect(y.filter { $0 == 7 }.count == place.framed.bufferCount - place.bufferCount)
  }

  @Test func placesAreWhereTheySay() {
    let place = ImagePlace(channels: 32, height: 5, width: 4)
    #expect(place.bufferCount == 640)
    #expect(place.index(channel: 17, y: 1, x: 2) == 417)
    #expect((place.halved.height, place.halved.width) == (3, 2))
    #expect(place.halved.index(channel: 3, y: 2, x: 1) == place.index(channel: 3, y: 4, x: 2))
    #expect(place.framed.index(channel: 0, y: 0, x: 0) == 112)
    #expect(place.channels(from: 16, count: 16).index(channel: 1, y: 0, x: 0) == place.index(channel: 17, y: 0, x: 0))
    var indices = Set<Int>()
    let c = Convolution(inputs: 20, outputs: 32, height: 1, width: 1)
    for o in 0..<32 {
      for i in 0..<20 { for tap in 0..<9 { indices.insert(c.weight(output: o, input: i, ky: tap / 3, kx: tap % 3)) } }
    }
    #expect(indices == Set(0..<c.weightCount))
  }

  @Test func pixelMeansAndTheirAdjoint() {
    let place = ImagePlace(channels: 16, height: 3, width: 5)
    var stream = RandomStream(seed: 9)
    let (x, y) = (stream.normals(place.bufferCount), stream.normals(16))
    var (means, back) = ([Double](repeating: 9, count: 16), [Double](repeating: 0, count: place.bufferCount))
    DoubleImageKernels.pixelMean(x, at: place, into: &means)
    for c in 0..<16 {
      let mean = (0..<15).reduce(0) { $0 + x[$1 * 16 + c] } / 15
      #expect(abs(means[c] - mean) < 1e-14)
    }
    DoubleImageKernels.addPixelMeanGradient(y, to: &back, at: place)
    #expect(abs(Self.dot(back, x) - Self.dot(y, means)) < 1e-13)
  }
}
