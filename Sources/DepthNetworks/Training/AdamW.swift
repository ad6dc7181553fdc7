import Foundation

/// Adam with decoupled weight decay, one fused pass. Source: Loshchilov and Hutter, ICLR 2019.
struct AdamW {
  let weightDecay: Double
  private let beta1 = 0.9
  private let beta2 = 0.999
  private let epsilon = 1e-8
  var first: [Double]
  var second: [Double]
  var step = 0

  init(count: Int, weightDecay: Double) {
    self.weightDecay = weightDecay
    first = [Double](repeating: 0, count: count)
    second = first
  }

  mutating func update(_ parameters: inout [Double], gradient: UnsafePointer<Double>, learningRate: Double) {
    step += 1
    let correction1 = 1 - pow(beta1, Double(step))
    let correction2 = (1 - pow(beta2, Double(step))).squareRoot()
    let (rate, decay) = (learningRate * correction2 / correction1, 1 - learningRate * weightDecay)
    let (b1, b2, eps) = (beta1, beta2, epsilon)
    let count = parameters.count
    parameters.withUnsafeMutableBufferPointer { p in
      first.withUnsafeMutableBufferPointer { m in
        second.withUnsafeMutableBufferPointer { v in
          for i in 0..<count {
            let g = gradient[i]
            m[i] = b1 * m[i] + (1 - b1) * g
            v[i] = b2 * v[i] + (1 - b2) * g * g
            p[i] = decay * p[i] - rate * m[i] / (v[i].squareRoot() + eps)
          }
        }
      }
    }
  }
}
