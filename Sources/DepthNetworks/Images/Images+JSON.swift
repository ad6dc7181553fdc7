import DepthRuns

// The parts of an architecture's JSON that describe images.

extension ImageShape {
  var json: [String: JSONValue] {
    ["channels": .integer(channels), "height": .integer(height), "width": .integer(width)]
  }

  init(_ reader: ArchitectureReader) throws {
    let channels = try reader.size("channels")
    guard Self.allows(channels: channels) else { throw reader.failure("\(channels) channels, no multiple of 16,") }
    let (height, width) = (try reader.size("height"), try reader.size("width"))
    guard channels * height < ArchitectureReader.largestSize, channels * height * width < 1 << 28 else {
      throw reader.failure("states of \(channels) x \(height) x \(width)")
    }
    self.init(channels: channels, height: height, width: width)
  }
}

extension ConvolutionalBlock {
  var json: JSONValue {
    .object(
      shape.json.merging([
        "kind": "convolution", "order": .string(order.rawValue), "groups": .integer(groups),
      ]) { $1 })
  }

  init(_ reader: ArchitectureReader) throws {
    let (shape, name, groups) = (try ImageShape(reader), try reader.text("order"), try reader.size("groups"))
    guard let order = Order(rawValue: name) else { throw reader.failure("the order '\(name)'") }
    guard shape.channels % groups == 0 else { throw reader.failure("\(groups) groups of \(shape.channels) channels") }
    self.init(shape: shape, order: order, groups: groups)
  }
}

extension ImageStem {
  var json: JSONValue {
    .object(shape.json.merging(["kind": "image-stem", "input_channels": .integer(inputChannels)]) { $1 })
  }

  init(_ reader: ArchitectureReader) throws {
    self.init(inputChannels: try reader.size("input_channels"), shape: try ImageShape(reader))
  }
}

extension StageTransition {
  var json: JSONValue {
    .object(source.json.merging(["kind": "stage-transition", "convolves": .bool(convolves)]) { $1 })
  }

  init(_ reader: ArchitectureReader) throws {
    self.init(source: try ImageShape(reader), convolves: try reader.flag("convolves"))
  }
}

extension PixelMean {
  var json: JSONValue {
    .object(shape.json.merging(["kind": "pixel-mean", "activates": .bool(activates)]) { $1 })
  }

  init(_ reader: ArchitectureReader) throws {
    self.init(shape: try ImageShape(reader), activates: try reader.flag("activates"))
  }
}
