/// The law of the soft stop, `pi_k = lambda_k prod_{j<k} (1 - lambda_j)`, and derivatives of expectations under it.
enum SoftStoppingLaw {
  /// `sum_k pi_k payoff(k)`; adds its derivatives to `gateSlopes`, the payoff held fixed.
  ///
  /// By the backward recursion `W_L = payoff(L)`, `W_k = lambda_k payoff(k) + (1 - lambda_k) W_{k+1}`:
  /// `dW_0/dlambda_k = S_k (payoff(k) - W_{k+1})`, S_k the probability to come as far as exit k.
  static func expectation(
    of payoff: (Int) -> Double, gates: UnsafeBufferPointer<Double>, gateSlopes: UnsafeMutableBufferPointer<Double>
  ) -> Double {
    let blocks = gates.count
    var continuation = payoff(blocks)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: blocks + 1) { survival in
      survival[0] = 1
      for k in 0..<blocks { survival[k + 1] = survival[k] * (1 - gates[k]) }
      for k in stride(from: blocks - 1, through: 0, by: -1) {
        let stopped = payoff(k)
        gateSlopes[k] += survival[k] * (stopped - continuation)
        continuation = gates[k] * stopped + (1 - gates[k]) * continuation
      }
    }
    return continuation
  }

  /// Calls `body(k, pi_k)` at every exit in order.
  static func forEach(_ gates: UnsafeBufferPointer<Double>, _ body: (Int, Double) -> Void) {
    var survival = 1.0
    for k in 0..<gates.count {
      body(k, survival * gates[k])
      survival *= 1 - gates[k]
    }
    body(gates.count, survival)
  }
}
