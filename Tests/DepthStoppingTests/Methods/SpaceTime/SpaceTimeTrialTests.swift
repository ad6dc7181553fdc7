import DepthNumerics
import Foundation
import Testing

@testable import DepthStopping

@Suite struct SpaceTimeTrialTests {
  /// Lines of the file DEPTH_TRIAL: problem horizon x aim detail(0/1/2) name=value...
  @Test func trial() throws {
    guard let file = ProcessInfo.processInfo.environment["DEPTH_TRIAL"] else { return }
    for line in try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
      let words = line.split(separator: " ").map(String.init)
      let (horizon, x, aim, detail) = (Double(words[1])!, Double(words[2])!, Double(words[3])!, Int(words[4])!)
      let settings = words.dropFirst(5).map { word -> (String, Double) in
        let parts = word.split(separator: "=").map(String.init)
        return (parts[0], Double(parts[1])!)
      }
      print("== \(line)")
      do {
        let entry = try ProblemCatalogue.entry(words[0])
        var problem = try entry.problem(entry.resolve(settings))
        if problem.horizon == nil { problem = try problem.withHorizon(horizon) }
        let scaled = try SelfSimilarHorizon(problem)?.scaled ?? problem
        let inequality = try #require(VariationalInequality(scaled))
        let clock = ContinuousClock.now
        let allowed = try LookAheadSet(inequality)
        var (difference, bound, proven) = (0.0, 0.0, true)
        for component in allowed.components {
          let interval = try SpaceTimeInterval(inequality, component, inequality.loss.concaveKinks(depth: 0))
          if detail > 0 {
            print(
              "  \(component) \(interval.lower) \(interval.upper) kinks \(interval.kinks) origin \(interval.origin)")
          }
          let scale = SpaceTimeCollocation.scale(interval, scaled.horizon!)
          let march = try SpaceTimeMarch(
            interval, horizon: scaled.horizon!, scale: scale, aim: aim, trace: detail > 1 ? { print($0) } : nil)
          if detail > 0 {
            for (i, panel) in march.panels.enumerated() {
              print(
                String(
                  format: "  %.2e-%.2e n %d p %d el %d it %d sum %.2e misfit %.1e step %.1e b %.12f %.12f", panel.first,
                  panel.last, panel.rule.n, panel.rule.p, panel.elements.count, panel.iterations, march.bounds[i],
                  panel.misfit, panel.step, interval.origin + panel.boundary(isUpper: false, root: panel.last),
                  interval.origin + panel.boundary(isUpper: true, root: panel.last)))
            }
          }
          let slice = SpaceTimeSlice(march.panels.last!, interval, root: scaled.horizon!.squareRoot())
          difference = min(difference, slice.difference(x - interval.origin))
          bound = max(bound, march.bounds.last!)
          proven = proven && march.isProven
          print(
            "  scale \(scale) panels \(march.panels.count) elements \(march.panels.reduce(0) { $0 + $1.elements.count }) iterations \(march.iterations) relative bound \(bound / scale) start \(march.startBound / scale)"
          )
        }
        let seconds = ContinuousClock.now - clock
        let value = inequality.loss.value(0, x) + difference
        print("  value \(value) bound \(bound) proven \(proven) \(seconds)")
        let grid = try GradedFiniteDifferences.reference.solve(
          scaled, StoppingQuery(points: [[x] + [Double](repeating: 0, count: scaled.stateDimension - 1)], depths: [0]))
        let v = grid.values[0]
        print("  grid \(scaled.sign * v.value) +- \(v.errorBound) difference \(value - scaled.sign * v.value)")
      } catch { print("  failed: \(error)") }
    }
  }
}
