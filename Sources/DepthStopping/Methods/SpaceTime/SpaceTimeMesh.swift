/// A place that moves with the boundaries: `w0 + wl b_l + wu b_u + ws s`, relative to the interval's origin; s = sqrt(theta).
struct MovingPlace: Sendable {
  var fixed = 0.0
  var lower = 0.0
  var upper = 0.0
  var root = 0.0

  func at(lower b: Double, upper d: Double, root s: Double) -> Double { fixed + lower * b + upper * d + root * s }

  var followsBoundaries: Bool { lower != 0 || upper != 0 }

  static func + (a: MovingPlace, b: MovingPlace) -> MovingPlace {
    MovingPlace(fixed: a.fixed + b.fixed, lower: a.lower + b.lower, upper: a.upper + b.upper, root: a.root + b.root)
  }

  static func * (a: Double, b: MovingPlace) -> MovingPlace {
    MovingPlace(fixed: a * b.fixed, lower: a * b.lower, upper: a * b.upper, root: a * b.root)
  }
}

/// Element edges across one continuation interval over one panel of depth.
struct SpaceTimeMesh: Sendable {
  struct Node: Sendable {
    let place: MovingPlace
    /// Of `D = U - g`: what its slope jumps by (minus the jump of g').
    var jump = 0.0
    /// Whether the element above holds `U - W`, W the value of never stopping, rather than `U - g`.
    var isUnstopped = false
  }

  /// A place that elements gather around: a boundary, a kink or an end where the solution starts with a layer.
  struct Landmark: Sendable {
    let place: MovingPlace
    let jump: Double
    /// Width of elements there at the panel's end; nil where nothing gathers.
    let width: Double?
  }

  var nodes: [Node]

  private static let growth = 1.6

  /// - Parameter position: of a place at the panel's end, with the boundaries' first guess.
  init(_ landmarks: [Landmark], root s: Double, position: (MovingPlace) -> Double) {
    nodes = [Node(place: landmarks[0].place, jump: landmarks[0].jump)]
    for (a, b) in zip(landmarks, landmarks.dropFirst()) {
      let length = position(b.place) - position(a.place)
      for place in Self.between(a, b, length: length, root: s) { nodes.append(Node(place: place)) }
      nodes.append(Node(place: b.place, jump: b.jump))
    }
  }

  private static func between(_ a: Landmark, _ b: Landmark, length: Double, root s: Double) -> [MovingPlace] {
    guard let width = [a.width, b.width].compactMap({ $0 }).min() else { return [] }
    if length <= 6 * width {
      let count = max(1, Int((length / width).rounded(.up)))
      return (1..<max(count, 2)).filter { $0 < count }.map {
        let share = Double($0) / Double(count)
        return (1 - share) * a.place + share * b.place
      }
    }
    let reach = length * (a.width != nil && b.width != nil ? 0.45 : 0.7)
    func offsets(_ width: Double?) -> [Double] {
      guard let width else { return [] }
      var (list, total, w) = ([Double](), width, width)
      while total <= reach {
        list.append(total)
        w *= growth
        total += w
      }
      return list
    }
    let (below, above) = (offsets(a.width), offsets(b.width))
    var places = below.map { a.place + MovingPlace(root: $0 / s) }
    let last = above.reversed().map { b.place + MovingPlace(root: -$0 / s) }
    // what is left between is no longer than half again its neighbours
    let rest = length - (below.last ?? 0) - (above.last ?? 0)
    let neighbour = [below, above].compactMap { list -> Double? in
      list.last.map { $0 - (list.count > 1 ? list[list.count - 2] : 0) }
    }.max()!
    let (from, to) = (places.last ?? a.place, last.first ?? b.place)
    let count = Int((rest / (1.5 * neighbour)).rounded(.up))
    for k in 1..<max(count, 1) {
      let share = Double(k) / Double(count)
      places.append((1 - share) * from + share * to)
    }
    return places + last
  }
}
