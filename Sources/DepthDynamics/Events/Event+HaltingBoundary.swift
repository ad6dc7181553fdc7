extension Event {
  /// What of the state is held against a halting boundary.
  public enum Coordinate: Equatable, Sendable {
    case component(Int)
    /// `||h||`; its gradient at the origin is taken as zero.
    case stateNorm
  }

  /// "The state crosses a halting boundary": `phi = x(h) - b(t)` with a coordinate x of a state of `dimension` components.
  ///
  /// Exact derivatives, `dphi/dt = -b'(t)`. `.falling` halts where the coordinate comes down to the boundary, and at the start
  /// where it lies below already; `.rising` the other way round. By default in either direction: which side halts is not said
  /// then, and at the start only a state on the boundary does.
  public static func haltingBoundary(
    _ coordinate: Coordinate, meets boundary: BoundaryCurve, dimension: Int, direction: Direction = .either
  ) -> Event {
    if case .component(let index) = coordinate {
      precondition((0..<dimension).contains(index), "component \(index) of \(dimension)")
    }
    @Sendable func norm(_ state: UnsafePointer<Double>) -> Double {
      var sum = 0.0
      for i in 0..<dimension { sum += state[i] * state[i] }
      return sum.squareRoot()
    }
    return Event(
      name: "halting-boundary", direction: direction, isHalting: true,
      differential: { depth, state, gradient in
        switch coordinate {
        case .component(let index): gradient[index] = 1
        case .stateNorm:
          let length = norm(state)
          for i in 0..<dimension where length > 0 { gradient[i] = state[i] / length }
        }
        return -boundary.slope(at: depth)
      },
      function: { depth, state in
        switch coordinate {
        case .component(let index): state[index] - boundary.value(at: depth)
        case .stateNorm: norm(state) - boundary.value(at: depth)
        }
      })
  }
}
