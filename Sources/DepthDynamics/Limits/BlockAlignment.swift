/// Which numbers of blocks put a step's end on every discontinuity of the field: only these have the error `e(T)/L`.
public enum BlockAlignment {
  /// The least n up to 4096 whose multiples do: 1 without discontinuities, nil where no such n is found.
  public static func unit<Field: VectorField>(of problem: InitialValueProblem<Field>) -> Int? {
    let length = problem.end - problem.start
    let places = problem.field.jumps(from: problem.start, to: problem.end)
      .map { ($0 - problem.start) / length }
    return (1...4096).first { n in
      places.allSatisfy { abs($0 * Double(n) - ($0 * Double(n)).rounded()) < 1e-9 }
    }
  }
}
