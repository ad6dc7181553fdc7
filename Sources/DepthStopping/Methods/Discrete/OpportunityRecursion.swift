import DepthRuns

/// Independent opportunities: `v_i = p_i best(w_i, C_i) + (1 - p_i) C_i`, `C_i = c_i + beta v_{i+1}`, `v_n` the fallback; "best" the
/// smaller loss or the larger reward. O(n).
///
/// Rounding: a stage adds at most 6 ulp max(|w|, |v|, c) and passes earlier errors on with a factor of at most 1, so V is off by
/// at most 6 n ulp times the largest of these: certified.
struct OpportunityRecursion {
  private let problem: StoppingProblem
  private let stages: OpportunitySequence

  init(_ problem: StoppingProblem, _ stages: OpportunitySequence) {
    self.problem = problem
    self.stages = stages
  }

  func solve(at points: [[Double]]) throws -> StoppingSolution {
    let count = stages.stageCount
    if let horizon = problem.horizon, Int(horizon) != count {
      throw InputError.value(horizon, of: "horizon", allowed: "the \(count) stages of \(problem.name)")
    }
    let asked = points.isEmpty ? [0] : try points.map { try stage($0[0]) }
    var (values, depths) = (
      [Double](repeating: stages.fallback, count: count + 1), [Double](repeating: 0, count: count + 1)
    )
    // the chance that nothing is taken from a stage on
    var (accepts, missed) = ([Bool](repeating: false, count: count), [Double](repeating: 1, count: count + 1))
    var (largest, doubtful) = (abs(stages.fallback), [Int]())
    let (_, seconds) = timed {
      for i in stride(from: count - 1, through: 0, by: -1) {
        let (p, worth) = (stages.probabilities[i], stages.worths[i])
        let continued = problem.blockFactor * values[i + 1] + problem.sign * problem.cost.block(i)
        accepts[i] = problem.sign * (worth - continued) <= 0
        values[i] = p * (accepts[i] ? worth : continued) + (1 - p) * continued
        depths[i] = (accepts[i] ? 1 - p : 1) * (1 + depths[i + 1])
        missed[i] = (accepts[i] ? 1 - p : 1) * missed[i + 1]
        largest = max(largest, abs(worth), abs(values[i]), problem.cost.block(i))
        if worth != continued, abs(worth - continued) <= 6 * Double(count - i) * Double.ulpOfOne * largest {
          doubtful.append(i)
        }
      }
    }
    let bound = 6 * Double(count) * Double.ulpOfOne * largest
    let edges = (0..<count).filter { accepts[$0] != ($0 > 0 && accepts[$0 - 1]) }
    return StoppingSolution(
      values: asked.map {
        .init(
          at: [stages.name($0)], depth: Double($0), value: values[$0], stoppingLoss: stages.worths[$0],
          errorBound: bound, boundKind: .certified)
      },
      boundary: HaltingBoundary(
        shape: .points,
        points: edges.map { .init(depth: Double($0), at: [stages.name(accepts[$0] ? $0 : $0 - 1)]) }, errorBound: 0,
        boundKind: doubtful.isEmpty ? .certified : .estimate),
      expectedDepths: asked.map {
        .init(at: [stages.name($0)], value: depths[$0], lower: depths[$0], upper: depths[$0])
      },
      diagnostics: Diagnostics(
        status: .converged, method: "bellman", iterations: count, residualNorm: "exact recursion", seconds: seconds),
      warnings: (doubtful.isEmpty
        ? [] : ["ties: taking and refusing differ by less than rounding at \(doubtful.count) stages"])
        + asked.prefix(1).compactMap { note($0, depths[$0], missed[$0]) })
  }

  /// How E tau* counts the runs in which nothing is taken.
  private func note(_ stage: Int, _ depth: Double, _ missed: Double) -> String? {
    guard missed > 1e-12, missed < 1 else { return nil }
    let left = Double(stages.stageCount - stage)
    return "E tau* counts the \(missed) of runs that take nothing as depth \(left): "
      + "given that something is taken it is \((depth - missed * left) / (1 - missed))"
  }

  private func stage(_ label: Double) throws -> Int {
    guard let stage = stages.stage(named: label) else {
      let ends = [stages.name(0), stages.name(stages.stageCount - 1)].sorted()
      throw InputError.value(label, of: "at", allowed: "whole numbers from \(ends[0]) to \(ends[1])")
    }
    return stage
  }
}
