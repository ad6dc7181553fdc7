import DepthNumerics

extension ImbeddedNetwork {
  /// The ordered product exactly: the residual network on numbers with units `eps_k^2 = 0`, then each unit set to one.
  ///
  /// `phi(x + eps H f) = phi + eps H D phi` where eps^2 = 0, so the blocks one after the other give every term
  /// `H^n D_{k_1} ... D_{k_n} id`, k_1 < ... < k_n, of the product. 3^l terms a multiplication.
  func nilpotentProduct(_ input: [Double], _ range: Range<Int>) -> ImbeddedNetworkOutput {
    let algebra = GradedAlgebra.nilpotent(range.count)
    var state = input.map { GradedSeries($0, in: algebra) }
    for (index, block) in range.enumerated() {
      var unit = GradedSeries(0, in: algebra)
      // the units are the basis elements of degree 1
      unit.coefficients[algebra.offsets[1] + index] = depth(block + 1) - depth(block)
      let slope = field.evaluate(depth: GradedSeries(depth(block), in: algebra), state: state)
      for i in state.indices { state[i] = state[i] + unit * slope[i] }
    }
    var output = ImbeddedNetworkOutput(state: state.map { $0.coefficients.reduce(0, +) })
    let sizes = state.map { $0.coefficients.reduce(0) { $0 + abs($1) } }
    output.roundingError = Double.ulpOfOne * Double(range.count) * BLAS.norm(sizes.count, sizes)
    return output
  }

  /// The ordered product on jets about x, from the last block to the first: `phi <- phi + H D_{t_k} phi`, phi = id at first.
  ///
  /// Exact up to order + 1 blocks; the error is taken from a second run of two orders less. With segments, dimension and
  /// horizon that suit the jets.
  func jetProduct(_ input: [Double], _ range: Range<Int>) throws -> ImbeddedNetworkOutput {
    let highest = JetAlgebra.largestOrder(dimension: input.count, wanted: min(order, range.count - 1))
    let state = try jetProduct(input, range, order: highest)
    var output = ImbeddedNetworkOutput(state: state)
    if highest < range.count - 1 {
      let coarse = try jetProduct(input, range, order: highest - 2)
      let difference = zip(state, coarse).map { $0 - $1 }
      let error = BLAS.norm(difference.count, difference)
      output.truncationError = error.isFinite ? error : .infinity
    }
    return output
  }

  private func jetProduct(_ input: [Double], _ range: Range<Int>, order: Int) throws -> [Double] {
    let jets = try JetAlgebra(dimension: input.count, order: order)
    let coordinates = jets.coordinates(at: input)
    var output = coordinates
    for block in range.reversed() {
      let slope = field.evaluate(depth: GradedSeries(depth(block), in: jets.algebra), state: coordinates)
      let length = depth(block + 1) - depth(block)
      output = output.map { $0 + length * jets.transport($0, along: slope) }
    }
    return output.map(\.value)
  }
}
