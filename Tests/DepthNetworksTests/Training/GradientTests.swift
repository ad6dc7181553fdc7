import DepthNumerics
import Foundation
import Testing

@testable import DepthNetworks

/// The hand-written backward pass against central differences, group by group and for every regulariser.
@Suite struct GradientTests {
  private static let shape = ResidualNetworkShape(
    inputCount: 5, stateDimension: 4, width: 6, blocks: 3, depthHorizon: 1.5, classCount: 3)
  private static let weights = [0.3, 0.1, 0.4, 0.2]
  private static let labels = [0, 2, 1, 1]

  private static func loss(_ parameters: [Double], _ inputs: [Double], _ workspace: NetworkWorkspace, _ name: String)
    throws -> Double
  {
    let regularizer = try DepthRegularizers.named(name, runningCost: 0.07)
    workspace.gradient.update(repeating: 0)
    workspace.forward(parameters, inputs: inputs, labels: labels, count: 4)
    return workspace.backward(
      parameters, inputs: inputs, labels: labels, count: 4, exitWeights: weights, regularizer: regularizer, alpha: 0.8)
  }

  @Test(arguments: DepthRegularizers.names)
  func everyParameterMatchesDifferences(name: String) throws {
    let shape = Self.shape
    var stream = RandomStream(seed: 8)
    let inputs = stream.normals(4 * 5)
    var parameters = ResidualNetwork(shape: shape, seed: 1, initialGate: -0.5).parameters
    for (i, draw) in stream.normals(parameters.count).enumerated() { parameters[i] += 0.2 * draw }
    let workspace = NetworkWorkspace(shape: shape, capacity: 4)
    _ = try Self.loss(parameters, inputs, workspace, name)
    let gradient = Array(workspace.gradient)
    let scale = gradient.map(abs).max()!
    let step = 1e-5
    for i in parameters.indices {
      let held = parameters[i]
      parameters[i] = held + step
      let up = try Self.loss(parameters, inputs, workspace, name)
      parameters[i] = held - step
      let down = try Self.loss(parameters, inputs, workspace, name)
      parameters[i] = held
      let difference = (up - down) / (2 * step)
      #expect(abs(gradient[i] - difference) <= 1e-6 * max(abs(difference), 1e-2 * scale), "\(name), parameter \(i)")
    }
    let gates = gradient[shape.gate(0)..<shape.parameterCount]
    #expect((name == "none") == gates.allSatisfy { $0 == 0 })
  }

  @Test func softStopIsTheExpectedObjectiveOfTheSoftRule() throws {
    let (losses, gates, cost) = ([2.0, 1, 0.5, 0.4], [0.1, 0.5, 0.25], 0.3)
    var (law, slope) = ([0.0, 0, 0, 0], [0.0, 0, 0])
    let value = losses.withUnsafeBufferPointer { l in
      gates.withUnsafeBufferPointer { g in
        law.withUnsafeMutableBufferPointer { p in
          slope.withUnsafeMutableBufferPointer {
            SoftStop(runningCost: cost).evaluate(losses: l, gates: g, lossGradient: p, gateGradient: $0)
          }
        }
      }
    }
    let pi = [0.1, 0.45, 0.1125, 0.3375]
    #expect(zip(law, pi).allSatisfy { abs($0 - $1) < 1e-15 })
    #expect(abs(value - (0..<4).reduce(0) { $0 + pi[$1] * (losses[$1] + cost * Double($1)) }) < 1e-15)
  }
}
