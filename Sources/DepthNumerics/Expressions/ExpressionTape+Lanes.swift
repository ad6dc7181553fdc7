internal import CVectorMath

/// Eight samples at once: entry i of lane l at index 8 i + l; a depth per lane; parameters common to all.
extension ExpressionTape {
  /// The outputs of each lane.
  public func evaluateLanes(
    depths: UnsafePointer<Double>, states: UnsafePointer<Double>, parameters: UnsafePointer<Double>,
    scratch: UnsafeMutablePointer<Double>? = nil, into values: UnsafeMutablePointer<Double>
  ) {
    let point = depth_point(state: states, depth: depths, parameters: parameters)
    withTape(scratch, doubles: Self.laneCount * slotCount) { tape, scratch in
      depth_tape_values_8(tape, point, scratch, values)
    }
  }

  /// The Jacobian-vector product of each lane along its own state and depth tangent and the common parameter tangent; nil stands
  /// for zeros.
  public func applyJacobianLanes(
    depths: UnsafePointer<Double>, states: UnsafePointer<Double>, parameters: UnsafePointer<Double>,
    depthTangents: UnsafePointer<Double>? = nil, stateTangents: UnsafePointer<Double>?,
    parameterTangent: UnsafePointer<Double>? = nil, scratch: UnsafeMutablePointer<Double>? = nil,
    into tangents: UnsafeMutablePointer<Double>
  ) {
    let point = depth_point(state: states, depth: depths, parameters: parameters)
    let along = depth_point(state: stateTangents, depth: depthTangents, parameters: parameterTangent)
    withTape(scratch, doubles: 2 * Self.laneCount * slotCount) { tape, scratch in
      depth_tape_tangents_8(tape, point, along, scratch, tangents)
    }
  }

  /// The vector-Jacobian product of each lane: state and depth gradients are overwritten, the parameters' is added to, lane 0
  /// first. A lane whose cotangents are zero adds exactly nothing, whatever its state.
  public func pullbackLanes(
    depths: UnsafePointer<Double>, states: UnsafePointer<Double>, parameters: UnsafePointer<Double>,
    cotangents: UnsafePointer<Double>, stateGradients: UnsafeMutablePointer<Double>?,
    depthGradients: UnsafeMutablePointer<Double>? = nil, parameterGradient: UnsafeMutablePointer<Double>? = nil,
    scratch: UnsafeMutablePointer<Double>? = nil
  ) {
    let point = depth_point(state: states, depth: depths, parameters: parameters)
    withTape(scratch, doubles: 2 * Self.laneCount * slotCount) { tape, scratch in
      depth_tape_gradients_8(tape, point, cotangents, scratch, stateGradients, depthGradients, parameterGradient)
    }
  }

  /// Second derivatives of each lane along its own line, with values and first derivatives where they are wanted.
  public func secondDerivativeLanes(
    depths: UnsafePointer<Double>, states: UnsafePointer<Double>, parameters: UnsafePointer<Double>,
    depthTangents: UnsafePointer<Double>? = nil, stateTangents: UnsafePointer<Double>?,
    parameterTangent: UnsafePointer<Double>? = nil, scratch: UnsafeMutablePointer<Double>? = nil,
    values: UnsafeMutablePointer<Double>? = nil, first: UnsafeMutablePointer<Double>? = nil,
    into second: UnsafeMutablePointer<Double>
  ) {
    let point = depth_point(state: states, depth: depths, parameters: parameters)
    let along = depth_point(state: stateTangents, depth: depthTangents, parameters: parameterTangent)
    withTape(scratch, doubles: 3 * Self.laneCount * slotCount) { tape, scratch in
      depth_tape_curvatures_8(tape, point, along, scratch, values, first, second)
    }
  }
}
