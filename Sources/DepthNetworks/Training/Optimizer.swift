import DepthNumerics
import Foundation

/// Which update a training makes.
public enum OptimizerKind: String, CaseIterable, Sendable {
  /// Adam with decoupled weight decay, beta = (0.9, 0.999). Source: Loshchilov and Hutter, ICLR 2019.
  case adamW = "adamw"
  /// Stochastic gradient descent with heavy-ball momentum; weight decay adds to the gradient.
  case sgd
}

/// Parameters and moments of one training in flat buffers, updated in one fused pass.
///
/// The buffers are cut in pieces of fixed size, each inside one range with or without decay: threads share them out, and no
/// result depends on how.
final class Optimizer<Scalar: MatrixScalar>: @unchecked Sendable {
  // pieces are disjoint; everything else is set between parallel sections
  struct Piece {
    let range: Range<Int>
    let decays: Bool
  }

  static var longestPiece: Int { 16_384 }

  let kind: OptimizerKind
  let count: Int
  let parameters: UnsafeMutablePointer<Scalar>
  /// Adam's first moment, or the momentum.
  let first: UnsafeMutablePointer<Scalar>
  /// Adam's second moment; one unused number for SGD.
  let second: UnsafeMutablePointer<Scalar>
  var step = 0
  private let momentum: Double
  private let weightDecay: Double
  let pieces: [Piece]
  private let squares: UnsafeMutablePointer<Double>
  private let memory = WorkspaceMemory()

  init(_ configuration: TrainingConfiguration, layout: ParameterLayout) {
    kind = configuration.optimizer
    momentum = configuration.momentum
    weightDecay = configuration.weightDecay
    count = layout.parameterCount
    parameters = memory.allocate(count)
    first = memory.allocate(count)
    second = memory.allocate(configuration.optimizer == .adamW ? count : 1)
    pieces = Self.pieces(layout)
    squares = memory.allocate(pieces.count)
  }

  private static func pieces(_ layout: ParameterLayout) -> [Piece] {
    var (pieces, position) = ([Piece](), 0)
    func cut(to end: Int, decays: Bool) {
      while position < end {
        let next = min(end, position + longestPiece)
        pieces.append(Piece(range: position..<next, decays: decays))
        position = next
      }
    }
    for range in layout.decayedRanges {
      cut(to: range.lowerBound, decays: false)
      cut(to: range.upperBound, decays: true)
    }
    cut(to: layout.parameterCount, decays: false)
    return pieces
  }

  /// Adds the sources in their order to `gradient`; returns its Euclidean norm.
  func collect(
    _ sources: [UnsafePointer<Scalar>?], into gradient: UnsafeMutablePointer<Scalar>, threads: Int
  ) -> Double {
    let (owner, target, buffers) = (self, SendablePointer(gradient), sources.count)
    sources.withUnsafeBufferPointer { buffer in
      let base = SendableSources(pointer: buffer.baseAddress)
      Parallel.forEach(pieces.count, threads: threads) { index in
        let range = owner.pieces[index].range
        owner.squares[index] = Scalar.Kernels.sumBuffers(
          range.count, buffers, base.pointer, range.lowerBound, target.pointer! + range.lowerBound)
      }
    }
    var sum = 0.0
    for index in pieces.indices { sum += squares[index] }
    return sum.squareRoot()
  }

  /// One step along `gradientScale` times the gradient, which is only read.
  func update(
    _ gradient: UnsafeMutablePointer<Scalar>, learningRate: Double, gradientScale: Double, threads: Int
  ) {
    step += 1
    let source = SendablePointer(gradient)
    let scale = Scalar(gradientScale)
    switch kind {
    case .adamW:
      let (beta1, beta2) = (0.9, 0.999)
      let correction = (1 - pow(beta2, Double(step))).squareRoot() / (1 - pow(beta1, Double(step)))
      let keep = Scalar(1 - learningRate * weightDecay)
      Parallel.forEach(pieces.count, threads: threads) { [self] index in
        let (start, size) = (pieces[index].range.lowerBound, pieces[index].range.count)
        Scalar.Kernels.adamUpdate(
          size, parameters + start, first + start, second + start, source.pointer! + start, scale, Scalar(beta1),
          Scalar(beta2), Scalar(learningRate * correction), 1e-8, pieces[index].decays ? keep : 1)
      }
    case .sgd:
      let (momentum, rate, decay) = (Scalar(momentum), Scalar(learningRate), Scalar(weightDecay))
      Parallel.forEach(pieces.count, threads: threads) { [self] index in
        let (start, size) = (pieces[index].range.lowerBound, pieces[index].range.count)
        Scalar.Kernels.momentumUpdate(
          size, parameters + start, first + start, source.pointer! + start, scale, momentum, rate,
          pieces[index].decays ? decay : 0)
      }
    }
  }
}

/// A list of buffers that parallel pieces only read.
private struct SendableSources<Scalar>: @unchecked Sendable {
  let pointer: UnsafePointer<UnsafePointer<Scalar>?>?
}
