internal import CVectorMath

/// One sample at a time.
extension ExpressionTape {
  /// The outputs at one state.
  public func evaluate(
    depth: Double, state: UnsafePointer<Double>, parameters: UnsafePointer<Double>,
    scratch: UnsafeMutablePointer<Double>? = nil, into values: UnsafeMutablePointer<Double>
  ) {
    sweep(depth, state, parameters, scratch, doubles: slotCount) { tape, point, scratch in
      depth_tape_values_1(tape, point, scratch, values)
    }
  }

  /// The Jacobian-vector product `d/ds outputs(t + s depthTangent, h + s stateTangent, p + s parameterTangent)` at s = 0;
  /// nil stands for zeros. At about twice the cost of a value.
  public func applyJacobian(
    depth: Double, state: UnsafePointer<Double>, parameters: UnsafePointer<Double>, depthTangent: Double = 0,
    stateTangent: UnsafePointer<Double>?, parameterTangent: UnsafePointer<Double>? = nil,
    scratch: UnsafeMutablePointer<Double>? = nil, into tangents: UnsafeMutablePointer<Double>
  ) {
    sweep(depth, state, parameters, scratch, doubles: 2 * slotCount) { tape, point, scratch in
      withUnsafePointer(to: depthTangent) { depthTangent in
        let along = depth_point(state: stateTangent, depth: depthTangent, parameters: parameterTangent)
        depth_tape_tangents_1(tape, point, along, scratch, tangents)
      }
    }
  }

  /// The Jacobian by the state, column by column: `d output_i / d h_j` at index i + outputCount j.
  public func jacobian(
    depth: Double, state: UnsafePointer<Double>, parameters: UnsafePointer<Double>,
    scratch: UnsafeMutablePointer<Double>? = nil, into columns: UnsafeMutablePointer<Double>
  ) {
    sweep(depth, state, parameters, scratch, doubles: 2 * slotCount + stateCount) { tape, point, scratch in
      depth_tape_jacobian_1(tape, point, scratch, columns)
    }
  }

  /// The vector-Jacobian product of `l = sum cotangent_i output_i`: `dl/dh` and `dl/dt` are overwritten, `dl/dp` is added to
  /// `parameterGradient`; what is nil is not wanted. At about three times the cost of a value.
  public func pullback(
    depth: Double, state: UnsafePointer<Double>, parameters: UnsafePointer<Double>,
    cotangent: UnsafePointer<Double>, stateGradient: UnsafeMutablePointer<Double>?,
    depthGradient: UnsafeMutablePointer<Double>? = nil, parameterGradient: UnsafeMutablePointer<Double>? = nil,
    scratch: UnsafeMutablePointer<Double>? = nil
  ) {
    sweep(depth, state, parameters, scratch, doubles: 2 * slotCount) { tape, point, scratch in
      depth_tape_gradients_1(tape, point, cotangent, scratch, stateGradient, depthGradient, parameterGradient)
    }
  }

  /// Second derivatives along a line: `d^2/ds^2 outputs(t + s depthTangent, h + s stateTangent, p + s parameterTangent)` at
  /// s = 0, with values and first derivatives where they are wanted. Along the unit vector of x_i it is `d^2/dx_i^2`; mixed
  /// derivatives by polarisation, `2 u.H v = (u+v).H (u+v) - u.H u - v.H v`.
  public func secondDerivative(
    depth: Double, state: UnsafePointer<Double>, parameters: UnsafePointer<Double>, depthTangent: Double = 0,
    stateTangent: UnsafePointer<Double>?, parameterTangent: UnsafePointer<Double>? = nil,
    scratch: UnsafeMutablePointer<Double>? = nil, values: UnsafeMutablePointer<Double>? = nil,
    first: UnsafeMutablePointer<Double>? = nil, into second: UnsafeMutablePointer<Double>
  ) {
    sweep(depth, state, parameters, scratch, doubles: 3 * slotCount) { tape, point, scratch in
      withUnsafePointer(to: depthTangent) { depthTangent in
        let along = depth_point(state: stateTangent, depth: depthTangent, parameters: parameterTangent)
        depth_tape_curvatures_1(tape, point, along, scratch, values, first, second)
      }
    }
  }

  private func sweep(
    _ depth: Double, _ state: UnsafePointer<Double>, _ parameters: UnsafePointer<Double>,
    _ scratch: UnsafeMutablePointer<Double>?, doubles: Int,
    _ body: (UnsafePointer<depth_tape>, depth_point, UnsafeMutablePointer<Double>?) -> Void
  ) {
    withUnsafePointer(to: depth) { depth in
      let point = depth_point(state: state, depth: depth, parameters: parameters)
      withTape(scratch, doubles: doubles) { tape, scratch in body(tape, point, scratch) }
    }
  }

  /// Hands the tape to C, with scratch from the caller, from C's own stack (nil), or made for this call.
  @inline(__always)
  func withTape(
    _ scratch: UnsafeMutablePointer<Double>?, doubles: Int,
    _ body: (UnsafePointer<depth_tape>, UnsafeMutablePointer<Double>?) -> Void
  ) {
    code.withUnsafeBufferPointer { code in
      constants.withUnsafeBufferPointer { constants in
        outputs.withUnsafeBufferPointer { outputs in
          var tape = depth_tape(
            code: code.baseAddress, constants: constants.baseAddress, outputs: outputs.baseAddress,
            operation_count: operationCount, state_count: stateCount, parameter_count: parameterCount,
            constant_count: constants.count, output_count: outputCount)
          if scratch != nil || doubles <= DEPTH_TAPE_STACK {
            body(&tape, scratch)
          } else {
            withUnsafeTemporaryAllocation(of: Double.self, capacity: doubles) { body(&tape, $0.baseAddress!) }
          }
        }
      }
    }
  }
}
