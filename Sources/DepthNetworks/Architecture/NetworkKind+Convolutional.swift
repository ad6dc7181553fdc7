import DepthRuns

extension NetworkKind {
  /// A residual network of images in the manner of ResNet-20: a stem to 16 channels, stages of 16, 32 and 64 channels (the blocks
  /// shared out evenly, the first stages taking what is left over; fewer than three blocks make fewer stages), and on every exit
  /// the mean over the pixels of `r(N(h))`.
  ///
  /// ResNet-20 itself has the stages' reductions inside blocks 4 and 7; here they are maps before these blocks, without
  /// parameters, and the blocks keep the dimension: about 6 % more operations for nine blocks.
  func convolutional(
    _ configuration: TrainingConfiguration, inputs: InputShape, classCount: Int
  ) throws -> NetworkArchitecture {
    guard case .image(let channels, let height, let width) = inputs else {
      throw InputError.usage("\(rawValue) cannot read \(inputs); allowed: images")
    }
    let count = min(3, configuration.blocks)
    var shape = ImageShape(channels: 16, height: height, width: width)
    var entry = MapKind.imageStem(ImageStem(inputChannels: channels, shape: shape))
    var stages: [NetworkArchitecture.Stage] = []
    for index in 0..<count {
      let blocks = configuration.blocks / count + (index < configuration.blocks % count ? 1 : 0)
      stages.append(
        NetworkArchitecture.Stage(
          entry: entry, block: .convolution(ConvolutionalBlock(shape: shape)), blocks: blocks,
          pooling: .pixelMean(PixelMean(shape: shape))))
      entry = .stageTransition(StageTransition(source: shape))
      shape = shape.next
    }
    return NetworkArchitecture(
      stages: stages, classCount: classCount, depthHorizon: configuration.depthHorizon,
      sharesWeights: configuration.sharesWeights)
  }
}
