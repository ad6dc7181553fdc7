internal import CVectorMath

extension ImagePlace {
  /// As the kernels take it, with a pointer to the first pixel.
  var inC: depth_image {
    depth_image(channels: channels, height: height, width: width, block: block, row: row, pixel: pixel)
  }
}

extension Convolution {
  var inC: depth_convolution {
    depth_convolution(inputs: inputs, outputs: outputs, input_height: height, input_width: width, stride: stride)
  }
}
