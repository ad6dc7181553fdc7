extension LinearDecayField: TaylorField {
  public var isAutonomous: Bool { true }

  public func evaluate(depth: GradedSeries, state h: [GradedSeries]) -> [GradedSeries] {
    zip(rates, h).map { -$0 * $1 }
  }
}

extension SpiralField: TaylorField {
  public var isAutonomous: Bool { true }

  public func evaluate(depth: GradedSeries, state h: [GradedSeries]) -> [GradedSeries] {
    let (x, y, a) = (h[0] * h[0] * h[0], h[1] * h[1] * h[1], parameters)
    return [a[0] * x + a[2] * y, a[1] * x + a[3] * y]
  }
}

extension VanDerPolField: TaylorField {
  public var isAutonomous: Bool { true }

  public func evaluate(depth: GradedSeries, state h: [GradedSeries]) -> [GradedSeries] {
    [h[1], mu * ((1 - h[0] * h[0]) * h[1]) - h[0]]
  }
}

extension RobertsonField: TaylorField {
  public var isAutonomous: Bool { true }

  public func evaluate(depth: GradedSeries, state h: [GradedSeries]) -> [GradedSeries] {
    let k = parameters
    let slow = -k[0] * h[0] + k[1] * (h[1] * h[2])
    let fast = k[2] * (h[1] * h[1])
    return [slow, -slow - fast, fast]
  }
}

extension LorenzField: TaylorField {
  public var isAutonomous: Bool { true }

  public func evaluate(depth: GradedSeries, state h: [GradedSeries]) -> [GradedSeries] {
    let p = parameters
    return [p[0] * (h[1] - h[0]), h[0] * (p[1] - h[2]) - h[1], h[0] * h[1] - p[2] * h[2]]
  }
}
