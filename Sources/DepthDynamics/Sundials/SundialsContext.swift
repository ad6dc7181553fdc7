internal import CSundials

/// One SUNContext, one state vector and one without storage, freed together: a solver's surroundings, used by one task.
struct SundialsContext: ~Copyable {
  let context: SUNContext
  let vector: N_Vector
  /// For output at a caller's address; see `Sundials.point`. nil where none was asked for.
  let view: N_Vector?

  init(state: [Double], session: CallbackSession, withView: Bool = true) throws {
    var created: SUNContext?
    let flag = SUNContext_Create(nil, &created)
    guard flag == 0, let context = created else {
      throw IntegrationError(
        reason: .library(function: "SUNContext_Create", flag: "flag \(flag)"), depth: session.goodDepth, state: state)
    }
    do {
      let vector = try Sundials.unwrap(N_VNew_Serial(Int64(state.count), context), "N_VNew_Serial", session)
      do {
        view =
          try withView
          ? Sundials.unwrap(
            N_VMake_Serial(Int64(state.count), Sundials.data(vector), context), "N_VMake_Serial", session) : nil
      } catch {
        N_VDestroy(vector)
        throw error
      }
      self.context = context
      self.vector = vector
    } catch {
      SUNContext_Free(&created)
      throw error
    }
    Sundials.data(vector).update(from: state, count: state.count)
  }

  deinit {
    if let view { N_VDestroy(view) }
    N_VDestroy(vector)
    var freed: SUNContext? = context
    SUNContext_Free(&freed)
  }
}
