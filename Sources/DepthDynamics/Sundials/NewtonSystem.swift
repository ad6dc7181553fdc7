internal import CSundials
import DepthRuns

/// How the linear systems of Newton's iteration are solved.
public enum NewtonSolver: Equatable, Sendable {
  /// LU of the whole matrix: O(d^2) memory, O(d^3) per factorisation.
  case dense
  /// LU of a band: entries more than `lower` below or `upper` above the diagonal are taken for zero. The Jacobian costs
  /// `lower + upper + 1` Jacobian-vector products.
  case banded(lower: Int, upper: Int)
  /// GMRES without preconditioner on Jacobian-vector products: no matrix.
  case krylov

  /// - Throws: `InputError.usage` for a band that does not fit the field.
  func validate(dimension: Int) throws {
    guard case .banded(let lower, let upper) = self else { return }
    for (name, width) in [("lower", lower), ("upper", upper)] where !(0..<dimension).contains(width) {
      throw InputError.value(width, of: "the \(name) bandwidth", allowed: "0 to \(dimension - 1) for this field")
    }
  }

  var band: (lower: Int, upper: Int)? {
    if case .banded(let lower, let upper) = self { (lower, upper) } else { nil }
  }

  /// What a method's name says of it: nothing of the dense solver.
  var suffix: String {
    switch self {
    case .dense: ""
    case .banded: "-banded"
    case .krylov: "-krylov"
    }
  }
}

/// SUNDIALS's matrix and linear solver for one choice, freed together.
final class NewtonSystem {
  let matrix: SUNMatrix?
  let solver: SUNLinearSolver

  init(_ choice: NewtonSolver, _ vector: N_Vector, _ context: SUNContext, _ session: CallbackSession) throws {
    let size = Int64(session.dimension)
    var made: SUNMatrix?
    let created: SUNLinearSolver?
    switch choice {
    case .dense:
      made = SUNDenseMatrix(size, size, context)
      created = SUNLinSol_Dense(vector, made, context)
    case .banded(let lower, let upper):
      made = SUNBandMatrix(size, Int64(upper), Int64(lower), context)
      created = SUNLinSol_Band(vector, made, context)
    case .krylov:
      created = SUNLinSol_SPGMR(vector, Int32(SUN_PREC_NONE), 0, context)
    }
    guard let created else {
      if let made { SUNMatDestroy(made) }
      throw IntegrationError(
        reason: .library(function: "SUNLinSol", flag: "a null handle (out of memory)"), depth: session.goodDepth,
        state: session.goodState)
    }
    matrix = made
    solver = created
  }

  deinit {
    SUNLinSolFree(solver)
    if let matrix { SUNMatDestroy(matrix) }
  }
}
