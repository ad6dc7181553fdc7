import DepthRuns
import Foundation

/// The running cost that each request brings, and the few different ones among them.
struct RequestCosts {
  /// Ascending when they come from a file, else as given.
  let costs: [Double]
  /// Which of `costs` each request has; nil when each cost is tried on all requests.
  let assigned: [Int]?

  /// So many different costs have a rule fitted each.
  static let most = 64

  /// Each cost for all requests.
  ///
  /// - Throws: `InputError.usage` for none, one out of range, or one given twice.
  init(each costs: [Double]) throws {
    guard !costs.isEmpty else { throw InputError.usage("--running-cost is missing") }
    for (index, cost) in costs.enumerated() {
      guard Self.allows(cost) else { throw InputError.value(cost, of: "running_cost", allowed: Self.range) }
      guard !costs[..<index].contains(cost) else { throw InputError.usage("--running-cost \(cost) is given twice") }
    }
    guard costs.count <= Self.most else {
      throw InputError.usage("\(costs.count) running costs are given; allowed: at most \(Self.most)")
    }
    (self.costs, assigned) = (costs, nil)
  }

  /// One cost a request, from a file of shape [requests].
  ///
  /// - Throws: `InputError.data` for a file that is damaged, of another length, or holds a number out of range.
  init(npy path: String, requests: Int) throws {
    let array = try NumericArray(npy: URL(fileURLWithPath: path))
    guard array.shape == [requests] else {
      throw InputError.data("\(path) has shape \(array.shape); allowed: [\(requests)], one cost for each test sample")
    }
    if let place = array.values.firstIndex(where: { !Self.allows($0) }) {
      throw InputError.data("\(path) holds \(array.values[place]) at [\(place)]; allowed: \(Self.range)")
    }
    let costs = Set(array.values).sorted()
    guard costs.count <= Self.most else {
      throw InputError.data("\(path) holds \(costs.count) different costs; allowed: at most \(Self.most)")
    }
    let places = Dictionary(uniqueKeysWithValues: costs.enumerated().map { ($1, $0) })
    self.costs = costs
    assigned = array.values.map { places[$0] ?? 0 }
  }

  private static let range = "positive numbers up to 1e100"
  private static func allows(_ cost: Double) -> Bool { cost > 0 && cost <= 1e100 }
}
