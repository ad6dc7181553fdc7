import DepthRuns
import Foundation
import Testing

@testable import DepthNumerics

/// Random smooth expressions, three to a tape, against closures in extended precision.
@Suite struct ExpressionTapeTests {
  private struct Case {
    let expressions: [RandomExpression]
    let tape: ExpressionTape
    /// x, y, t, a.
    let point: [Double]
    let direction: [Double]

    var state: [Double] { Array(point[0..<2]) }
    var parameters: [Double] { [point[3]] }

    func closure(_ i: Int, along direction: [Double]) -> (Float80) -> Float80 {
      { s in self.expressions[i].value(self.point.indices.map { Float80(self.point[$0]) + s * Float80(direction[$0]) })
      }
    }

    /// The comparisons of a random `if` make a kink; differences across it mean nothing.
    func isSmooth(_ i: Int) -> Bool {
      let f = closure(i, along: direction)
      let steps = (-8...8).map { f(Float80($0) * 0x1p-10) }
      let jumps = zip(steps, steps.dropFirst()).map { abs($1 - $0) }
      return jumps.max()! <= 1.2 * jumps.min()! + 1e-3 && steps.allSatisfy { abs($0) < 1e3 }
    }
  }

  private static func cases(_ count: Int, seed: UInt64) throws -> [Case] {
    let scope = try ExpressionScope(dimension: 2, parameters: ["a"])
    return try (0..<count).map { k in
      var stream = RandomStream(seed: seed, stream: UInt64(k))
      let expressions = (0..<3).map { _ in RandomExpression.make(levels: 4, &stream) }
      let tape = ExpressionTape(try expressions.map { try ScalarExpression($0.text, in: scope) })
      return Case(expressions: expressions, tape: tape, point: stream.normals(4), direction: stream.normals(4))
    }
  }

  @Test func valuesAndDerivativesMatchClosures() throws {
    var worst = (value: 0.0, first: 0.0, second: 0.0)
    var compared = 0
    for item in try Self.cases(400, seed: 11) {
      var (values, first, second) = ([0.0, 0, 0], [0.0, 0, 0], [0.0, 0, 0])
      var tangents = values
      item.tape.secondDerivative(
        depth: item.point[2], state: item.state, parameters: item.parameters, depthTangent: item.direction[2],
        stateTangent: item.direction, parameterTangent: [item.direction[3]], values: &values, first: &first,
        into: &second)
      item.tape.applyJacobian(
        depth: item.point[2], state: item.state, parameters: item.parameters, depthTangent: item.direction[2],
        stateTangent: item.direction, parameterTangent: [item.direction[3]], into: &tangents)
      #expect(tangents == first)
      #expect(values == item.tape(depth: item.point[2], state: item.state, parameters: item.parameters))
      for i in 0..<3 where item.isSmooth(i) {
        let f = item.closure(i, along: item.direction)
        compared += 1
        let scale = max(1, abs(first[i]), abs(second[i]))
        worst.value = max(worst.value, abs(values[i] - Double(f(0))) / max(1, abs(values[i])))
        worst.first = max(worst.first, abs(first[i] - ExtendedDifference.first(f)) / scale)
        worst.second = max(worst.second, abs(second[i] - ExtendedDifference.second(f)) / scale)
      }
    }
    #expect(compared > 800)
    #expect(worst.value < 1e-13 && worst.first < 1e-11 && worst.second < 1e-9, "\(worst) of \(compared)")
  }

  @Test func thePullbackIsTheTransposeOfTheTangent() throws {
    var worst = 0.0
    for item in try Self.cases(400, seed: 12) {
      let cotangent = [0.3, -1.1, 0.7]
      var (tangents, state, depth, parameter) = ([0.0, 0, 0], [5.0, 5], [5.0], [2.0])
      item.tape.applyJacobian(
        depth: item.point[2], state: item.state, parameters: item.parameters, depthTangent: item.direction[2],
        stateTangent: item.direction, parameterTangent: [item.direction[3]], into: &tangents)
      item.tape.pullback(
        depth: item.point[2], state: item.state, parameters: item.parameters, cotangent: cotangent,
        stateGradient: &state, depthGradient: &depth, parameterGradient: &parameter)
      let gradient = state + depth + [parameter[0] - 2]
      let forward = zip(cotangent, tangents).map { $0 * $1 }
      let backward = zip(gradient, item.direction).map { $0 * $1 }
      let scale = forward.reduce(1) { $0 + abs($1) } + backward.reduce(0) { $0 + abs($1) }
      worst = max(worst, abs(forward.reduce(0, +) - backward.reduce(0, +)) / scale)
    }
    #expect(worst < 1e-13, "\(worst)")
  }

  @Test func theJacobianHoldsTheTangentsOfUnitVectors() throws {
    for item in try Self.cases(20, seed: 13) {
      var columns = [Double](repeating: 0, count: 6)
      item.tape.jacobian(depth: item.point[2], state: item.state, parameters: item.parameters, into: &columns)
      for j in 0..<2 {
        var tangents = [0.0, 0, 0]
        item.tape.applyJacobian(
          depth: item.point[2], state: item.state, parameters: item.parameters,
          stateTangent: j == 0 ? [1, 0] : [0, 1],
          into: &tangents)
        #expect(Array(columns[(3 * j)..<(3 * j + 3)]) == tangents)
      }
    }
  }

  /// Eight samples at once against one after the other: to the last bit without exp, tanh and their kin.
  @Test(arguments: [true, false]) func lanesEqualSingleSamples(_ exact: Bool) throws {
    let scope = try ExpressionScope(dimension: 2, parameters: ["a"])
    let texts =
      exact
      ? [
        "x*y - a*x^3/(1 + y^2) + sqrt(1 + x^2) - floor(3*x)", "sin(a*t) + min(x, y, a) + abs(y)*max(x, t)",
        "if(x < y, atan2(x, 2 + y), pow(2 + sin(x), y)) - log(3 + cos(t)) + sign(x) + step(y - x) + sinh(x)/cosh(y)",
      ]
      : ["tanh(x + a*y)", "exp(x - t) + erf(a*y)", "sigmoid(3*x)*softplus(y - a)"]
    let tape = ExpressionTape(try texts.map { try ScalarExpression($0, in: scope) })
    var stream = RandomStream(seed: 14)
    var worst = 0.0
    func compare(_ lanes: [Double], _ single: [Double], _ lane: Int) {
      for i in single.indices {
        let difference = abs(lanes[8 * i + lane] - single[i])
        if exact { #expect(lanes[8 * i + lane] == single[i]) }
        worst = max(worst, difference / max(abs(single[i]), 0.1).ulp)
      }
    }
    for _ in 0..<50 {
      let (states, depths, tangents) = (stream.normals(16), stream.normals(8), stream.normals(16))
      let (depthTangents, parameters) = (stream.normals(8), stream.normals(1))
      let cotangents = stream.normals(24)
      var (values, moved, bent) = ([Double](repeating: 0, count: 24), [Double](repeating: 0, count: 24), cotangents)
      var (stateGradients, depthGradients, gradient) = (states, depths, [0.0])
      tape.evaluateLanes(depths: depths, states: states, parameters: parameters, into: &values)
      tape.applyJacobianLanes(
        depths: depths, states: states, parameters: parameters, depthTangents: depthTangents, stateTangents: tangents,
        parameterTangent: [0.7], into: &moved)
      tape.secondDerivativeLanes(
        depths: depths, states: states, parameters: parameters, depthTangents: depthTangents, stateTangents: tangents,
        parameterTangent: [0.7], into: &bent)
      tape.pullbackLanes(
        depths: depths, states: states, parameters: parameters, cotangents: cotangents, stateGradients: &stateGradients,
        depthGradients: &depthGradients, parameterGradient: &gradient)
      var sum = [0.0]
      for lane in 0..<8 {
        func own(_ values: [Double]) -> [Double] { (0..<(values.count / 8)).map { values[8 * $0 + lane] } }
        var (first, second) = ([0.0, 0, 0], [0.0, 0, 0])
        var (stateGradient, depthGradient) = ([0.0, 0], [0.0])
        tape.secondDerivative(
          depth: depths[lane], state: own(states), parameters: parameters, depthTangent: depthTangents[lane],
          stateTangent: own(tangents), parameterTangent: [0.7], first: &first, into: &second)
        tape.pullback(
          depth: depths[lane], state: own(states), parameters: parameters, cotangent: own(cotangents),
          stateGradient: &stateGradient, depthGradient: &depthGradient, parameterGradient: &sum)
        compare(values, tape(depth: depths[lane], state: own(states), parameters: parameters), lane)
        compare(moved, first, lane)
        compare(bent, second, lane)
        compare(stateGradients, stateGradient, lane)
        compare(depthGradients, depthGradient, lane)
      }
      if exact { #expect(gradient == sum) }
      #expect(abs(gradient[0] - sum[0]) < 1e-13 * max(1, abs(sum[0])))
    }
    #expect(worst <= (exact ? 0 : 40), "\(worst) ulp, compositions included")
  }

  /// The branch-free forms alone, over the whole range of a double's exponential.
  @Test func laneExponentialsStayWithinThreeUlp() throws {
    let scope = try ExpressionScope(dimension: 1)
    let tape = ExpressionTape(try ["exp(x)", "tanh(x)", "sigmoid(x)"].map { try ScalarExpression($0, in: scope) })
    var worst = [0.0, 0, 0]
    for k in stride(from: -7600, through: 7200, by: 8) {
      let states = (0..<8).map { Double(k + $0) * 0.09997 }
      var values = [Double](repeating: 0, count: 24)
      tape.evaluateLanes(depths: states, states: states, parameters: [], into: &values)
      for lane in 0..<8 {
        let x = Float80(states[lane])
        for (i, exact) in [exp(x), tanh(x), 1 / (1 + exp(-x))].enumerated() where Double(exact).isNormal {
          worst[i] = max(worst[i], Double(abs(Float80(values[8 * i + lane]) - exact)) / Double(exact).ulp)
        }
      }
    }
    #expect(worst.allSatisfy { $0 <= 3 }, "\(worst)")
    let ends = [-.infinity, -800, -745.5, -740, 709.7, 709.9, .infinity, Double.nan]
    var values = [Double](repeating: 0, count: 24)
    tape.evaluateLanes(depths: ends, states: ends, parameters: [], into: &values)
    #expect(Array(values[0..<3]) == [0, 0, 0])
    #expect(abs(values[3] / exp(-740) - 1) < 1e-2 && abs(values[4] / exp(709.7) - 1) < 1e-15)
    #expect(values[5] == .infinity && values[6] == .infinity && values[7].isNaN)
    #expect(values[8] == -1 && values[14] == 1 && values[15].isNaN)
    #expect(values[16] == 0 && values[22] == 1 && values[23].isNaN)
  }

  @Test func subexpressionsAreSharedAndConstantsFolded() throws {
    let scope = try ExpressionScope(dimension: 2, parameters: ["a"])
    func count(_ texts: [String]) throws -> Int {
      ExpressionTape(try texts.map { try ScalarExpression($0, in: scope) }).operationCount
    }
    #expect(try count(["sin(x*y)", "a*sin(y*x)", "sin(x*y) + 1"]) == 4)
    #expect(try count(["2*pi*sqrt(4) + x"]) == 1)
    #expect(try count(["1*x/1 + 0 - 0", "-(-y)", "x^1"]) == 0)
    #expect(try count(["x^8"]) == 3)
    #expect(try count(["if(2 < 1, sin(x), y)", "x^0 + 2"]) == 0)
  }

  @Test func longTapesAndGivenScratchAgreeWithTheStack() throws {
    let scope = try ExpressionScope(dimension: 1)
    let terms = (1...900).map { "sin(\($0)*x)/\($0)" }.joined(separator: " + ")
    let tape = ExpressionTape([try ScalarExpression(terms, in: scope)])
    let exact = (1...900).reduce(0.0) { $0 + sin(Double($1) * 0.7) / Double($1) }
    #expect(abs(tape.value(state: [0.7]) - exact) < 1e-13)
    var scratch = [Double](repeating: .nan, count: 8 * tape.scratchCount)
    let states = [Double](repeating: 0.7, count: 8)
    var (given, made) = ([Double](repeating: 0, count: 8), [Double](repeating: 1, count: 8))
    let cotangents = [Double](repeating: 1, count: 8)
    tape.pullbackLanes(
      depths: states, states: states, parameters: [], cotangents: cotangents, stateGradients: &given, scratch: &scratch)
    tape.pullbackLanes(
      depths: states, states: states, parameters: [], cotangents: cotangents, stateGradients: &made)
    #expect(given == made)
    let slope = (1...900).reduce(0.0) { $0 + cos(Double($1) * 0.7) }
    #expect(abs(given[0] - slope) < 1e-11)
  }

  @Test func dependenceIsKnown() throws {
    let scope = try ExpressionScope(dimension: 2, parameters: ["a", "b", "c"])
    let tape = ExpressionTape(try ["x + c", "if(1, y, t)"].map { try ScalarExpression($0, in: scope) })
    #expect(tape.unusedParameters == [0, 1])
    #expect(!tape.dependsOnDepth)
    #expect(ExpressionTape([try ScalarExpression("t", in: scope)]).dependsOnDepth)
  }

  /// What is not taken, or not moved, does no harm, forward and in reverse.
  @Test func infiniteDerivativesStayWhereTheyAre() throws {
    let scope = try ExpressionScope(dimension: 2)
    let tape = ExpressionTape(
      try ["if(x > 0, sqrt(x), 0) + y", "sqrt(x) + y"].map { try ScalarExpression($0, in: scope) })
    var tangents = [0.0, 0]
    tape.applyJacobian(depth: 0, state: [0, 1], parameters: [], stateTangent: [0, 1], into: &tangents)
    #expect(tangents == [1, 1])
    tape.applyJacobian(depth: 0, state: [0, 1], parameters: [], stateTangent: [1, 1], into: &tangents)
    #expect(tangents == [1, .infinity])
    var gradient = [0.0, 0]
    tape.pullback(depth: 0, state: [-1, 1], parameters: [], cotangent: [1, 0], stateGradient: &gradient)
    #expect(gradient == [0, 1])
    tape.pullback(depth: 0, state: [0, 1], parameters: [], cotangent: [0, 1], stateGradient: &gradient)
    #expect(gradient == [.infinity, 1])
  }
}
