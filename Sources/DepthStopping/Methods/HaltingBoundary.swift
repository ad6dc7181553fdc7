public import DepthRuns

/// The free boundary between continuing and stopping, as an object.
///
/// `points` are what tables and messages show; of a boundary that moves with depth, `branches` are the curves themselves.
public struct HaltingBoundary: Equatable, Sendable {
  public enum Shape: String, Sendable { case points, curve, ball, polyline }

  /// A point of the boundary; `depth` nil for a stationary problem.
  public struct Point: Equatable, Sendable {
    public let depth: Double?
    public let at: [Double]
    /// Proven limits of a scalar boundary at this depth, where there are any.
    public let band: ClosedRange<Double>?
    /// The error's bound at this depth, where it is known; else the boundary's own holds.
    public let errorBound: Double?

    public init(depth: Double? = nil, at: [Double], errorBound: Double? = nil, band: ClosedRange<Double>? = nil) {
      self.depth = depth
      self.errorBound = errorBound
      self.at = at
      self.band = band
    }

    var json: JSONValue {
      var members: [String: JSONValue] = ["depth": JSONValue(depth), "at": StoppingSolution.json(state: at)]
      if let errorBound { members["error_bound"] = JSONValue(errorBound) }
      if let band {
        members["lower"] = JSONValue(band.lowerBound)
        members["upper"] = JSONValue(band.upperBound)
      }
      return .object(members)
    }
  }

  public let shape: Shape
  public let points: [Point]
  /// Of a ball, and of the symmetric pair of points that is a ball in one dimension.
  public let radius: Double?
  /// Of the worst of the points shown.
  public let errorBound: Double
  public let boundKind: StoppingSolution.BoundKind
  /// Of a scalar state: each curve with the side on which one stops, ascending at every depth.
  public let branches: [HaltingBranch]

  public init(
    shape: Shape, points: [Point], radius: Double? = nil, branches: [HaltingBranch] = [], errorBound: Double,
    boundKind: StoppingSolution.BoundKind
  ) {
    self.shape = shape
    self.points = points
    self.radius = radius
    self.errorBound = errorBound
    self.boundKind = boundKind
    self.branches = branches
  }

  /// Of a ball: whether one stops outside of it.
  public var stopsOutside: Bool { branches.first?.stopsBelow == false }

  /// The boundary's states at a depth, ascending; empty where no branch lives.
  public func states(at depth: Double) -> [Double] { branches.compactMap { $0.state(at: depth) } }

  public var json: JSONValue {
    var members: [String: JSONValue] = [
      "shape": .string(shape.rawValue),
      "points": .array(points.map(\.json)),
      "error_bound": JSONValue(errorBound), "error_bound_kind": .string(boundKind.rawValue),
    ]
    if let radius {
      members["radius"] = JSONValue(radius)
      members["stops"] = .string(stopsOutside ? "outside" : "inside")
    }
    if shape == .points {
      let states = points.map { $0.at[0] }
      members["lower"] = JSONValue(states.min())
      members["upper"] = JSONValue(states.max())
    }
    return .object(members)
  }

  /// Columns `boundary` (scalar states) and `depth` where there is one.
  public func table(name: String = "boundary") -> Table {
    var table = Table(name: name)
    if points.contains(where: { $0.depth != nil }) { table.add("depth", points.map { $0.depth ?? .nan }) }
    let dimension = points.first?.at.count ?? 1
    for component in 0..<dimension {
      table.add(dimension == 1 ? "boundary" : "boundary_\(component)", points.map { $0.at[component] })
    }
    return table
  }
}
