import DepthNumerics
import DepthRuns
import Foundation

/// Random geometry of images while training: shift, mirror image, window; a pure function of (seed, epoch, sample).
///
/// A shift moves the image by whole pixels, zero where nothing is (the usual "pad and crop"). A window cuts a square out of a
/// larger image: at random in training, centred in evaluation. Nothing is allocated.
public struct Augmentation: Equatable, Sendable {
  /// Largest shift in pixels, each way, each axis; 0: none.
  public let shift: Int
  /// Whether half of the images are mirrored left to right.
  public let flips: Bool
  /// Side of the window; nil: the whole image.
  public let window: Int?

  public static let none = Augmentation(unchecked: 0, false, nil)

  private init(unchecked shift: Int, _ flips: Bool, _ window: Int?) {
    (self.shift, self.flips, self.window) = (shift, flips, window)
  }

  /// - Throws: `InputError.usage` for sizes out of range, or anything but `none` for inputs that are no images.
  public init(shift: Int = 0, flips: Bool = false, window: Int? = nil, of shape: InputShape) throws {
    self.init(unchecked: shift, flips, window)
    guard self != .none else { return }
    guard case .image(_, let height, let width) = shape else {
      throw InputError.usage("augmentation needs images, the inputs are \(shape)")
    }
    let smallest = min(height, width)
    guard (0..<smallest).contains(shift) else {
      throw InputError.value(shift, of: "shift", allowed: "integers from 0 to \(smallest - 1)")
    }
    if let window, !(1...smallest).contains(window) {
      throw InputError.value(window, of: "crop", allowed: "integers from 1 to \(smallest)")
    }
  }

  /// The shape that `apply` and `centre` write.
  public func outputShape(of shape: InputShape) -> InputShape {
    guard let window, case .image(let channels, _, _) = shape else { return shape }
    return .image(channels: channels, height: window, width: window)
  }

  /// One training sample into its place in a batch.
  ///
  /// - Parameters:
  ///   - input: `shape.count` scalars.
  ///   - sample: its index in the data set, `count` samples in all.
  ///   - target: `outputShape(of: shape).count` scalars, not overlapping the input.
  public func apply(
    _ input: UnsafePointer<Float>, shape: InputShape, seed: UInt64, epoch: Int, sample: Int, of count: Int,
    into target: UnsafeMutablePointer<Float>
  ) {
    guard self != .none, case .image(let channels, let height, let width) = shape else {
      target.update(from: input, count: shape.count)
      return
    }
    var stream = RandomStream(seed: seed, stream: RandomPurpose.geometry.stream(epoch * count + sample))
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 5) { draws in
      stream.uniforms(into: draws)
      func integer(_ draw: Int, below bound: Int) -> Int { min(bound - 1, Int(draws[draw] * Double(bound))) }
      let (rows, columns) = (window ?? height, window ?? width)
      copy(
        input, channels, height, width, into: target, rows, columns,
        top: integer(0, below: height - rows + 1) + integer(1, below: 2 * shift + 1) - shift,
        left: integer(2, below: width - columns + 1) + integer(3, below: 2 * shift + 1) - shift,
        mirrored: flips && draws[4] < 0.5)
    }
  }

  /// One sample in evaluation: the centred window, nothing else.
  public func centre(_ input: UnsafePointer<Float>, shape: InputShape, into target: UnsafeMutablePointer<Float>) {
    guard let window, case .image(let channels, let height, let width) = shape else {
      target.update(from: input, count: shape.count)
      return
    }
    copy(
      input, channels, height, width, into: target, window, window, top: (height - window) / 2,
      left: (width - window) / 2, mirrored: false)
  }

  private func copy(
    _ input: UnsafePointer<Float>, _ channels: Int, _ height: Int, _ width: Int,
    into target: UnsafeMutablePointer<Float>, _ rows: Int, _ columns: Int, top: Int, left: Int, mirrored: Bool
  ) {
    for channel in 0..<channels {
      for row in 0..<rows {
        let line = target + (channel * rows + row) * columns
        let y = top + row
        guard (0..<height).contains(y) else {
          line.update(repeating: 0, count: columns)
          continue
        }
        let source = input + (channel * height + y) * width
        for column in 0..<columns {
          let x = left + (mirrored ? columns - 1 - column : column)
          line[column] = x >= 0 && x < width ? source[x] : 0
        }
      }
    }
  }
}
