public import DepthRuns

/// What a method found: values, halting boundary, expected depth, error bounds, diagnostics; a plain value.
public struct StoppingSolution: Equatable, Sendable {
  /// How far an error bound can be trusted.
  public enum BoundKind: String, Sendable {
    /// Proven: an exact recursion or an enclosure.
    case certified
    /// The difference of two resolutions or a solver's own estimate, with a margin.
    case estimate
  }

  /// V at one state.
  public struct Value: Equatable, Sendable {
    public let at: [Double]
    public let depth: Double
    public let value: Double
    /// g at the same state; the state is in the stopping region where `value == stoppingLoss`.
    public let stoppingLoss: Double
    public let errorBound: Double
    public let boundKind: BoundKind

    public init(
      at: [Double], depth: Double = 0, value: Double, stoppingLoss: Double, errorBound: Double, boundKind: BoundKind
    ) {
      self.at = at
      self.depth = depth
      self.value = value
      self.stoppingLoss = stoppingLoss
      self.errorBound = errorBound
      self.boundKind = boundKind
    }
  }

  /// `E tau*` from one state; lower = upper = value where exact.
  public struct ExpectedDepth: Equatable, Sendable {
    public let at: [Double]
    public let value: Double
    public let lower: Double
    public let upper: Double

    public init(at: [Double], value: Double, lower: Double, upper: Double) {
      self.at = at
      self.value = value
      self.lower = lower
      self.upper = upper
    }

    public var json: JSONValue {
      [
        "at": StoppingSolution.json(state: at), "value": JSONValue(value), "lower": JSONValue(lower),
        "upper": JSONValue(upper),
      ]
    }
  }

  public let values: [Value]
  public let boundary: HaltingBoundary
  /// Empty where infinite or unknown.
  public let expectedDepths: [ExpectedDepth]
  public private(set) var diagnostics: Diagnostics
  public private(set) var warnings: [String]

  public init(
    values: [Value], boundary: HaltingBoundary, expectedDepths: [ExpectedDepth], diagnostics: Diagnostics,
    warnings: [String] = []
  ) {
    self.values = values
    self.boundary = boundary
    self.expectedDepths = expectedDepths
    self.diagnostics = diagnostics
    self.warnings = warnings
  }

  /// The same answer with another status.
  func with(status: Diagnostics.Status) -> StoppingSolution {
    var copy = self
    copy.diagnostics.status = status
    return copy
  }

  /// The same answer with one more warning.
  func with(warning: String) -> StoppingSolution {
    var copy = self
    copy.warnings.append(warning)
    return copy
  }

  /// The same, unconverged, with each of the first values' bounds larger by as much.
  func widened(by excess: [Double], warning: String) -> StoppingSolution {
    let wider = values.enumerated().map { i, value in
      Value(
        at: value.at, depth: value.depth, value: value.value, stoppingLoss: value.stoppingLoss,
        errorBound: value.errorBound + 2 * (i < excess.count ? excess[i] : 0), boundKind: .estimate)
    }
    var changed = diagnostics
    changed.status = .unconverged
    return StoppingSolution(
      values: wider, boundary: boundary, expectedDepths: expectedDepths, diagnostics: changed,
      warnings: warnings + [warning])
  }

  /// A scalar state as a number, a vector as an array.
  public static func json(state: [Double]) -> JSONValue { state.count == 1 ? JSONValue(state[0]) : JSONValue(state) }

  /// `value`, `boundary`, `expected_stopping_depth` as in the command's contract.
  public var json: [String: JSONValue] {
    [
      "value": .array(
        values.map {
          [
            "at": Self.json(state: $0.at), "depth": JSONValue($0.depth), "value": JSONValue($0.value),
            "stopping_loss": JSONValue($0.stoppingLoss), "error_bound": JSONValue($0.errorBound),
            "error_bound_kind": .string($0.boundKind.rawValue),
          ]
        }),
      "boundary": boundary.json,
      "expected_stopping_depth": .array(expectedDepths.map(\.json)),
    ]
  }

  /// Columns `state` (or `state_0`, ...), `depth`, `value`, `stopping_loss`, `error_bound`.
  public func valueTable(name: String = "value") -> Table {
    var table = Table(name: name)
    let dimension = values.first?.at.count ?? 1
    for component in 0..<dimension {
      table.add(dimension == 1 ? "state" : "state_\(component)", values.map { $0.at[component] })
    }
    table.add("depth", values.map(\.depth))
    table.add("value", values.map(\.value))
    table.add("stopping_loss", values.map(\.stoppingLoss))
    table.add("error_bound", values.map(\.errorBound))
    return table
  }
}
