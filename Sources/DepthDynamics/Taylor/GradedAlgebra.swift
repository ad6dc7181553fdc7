/// A commutative algebra over the numbers, graded by degree 0, 1, ..., order: degree 0 is the numbers, what exceeds the
/// order vanishes.
///
/// Three of them serve the Taylor expansions here: power series in one variable, jets in d variables, and products of
/// nilpotent units. All arithmetic is written once (`GradedSeries`): elementary functions need only that
/// `E = degree x part` is a derivation, which it is in every graded algebra.
/// Elements are flat coefficient arrays, degree after degree.
public final class GradedAlgebra: Sendable {
  /// One term of a product: coefficient `left` times coefficient `right` goes to coefficient `result`.
  struct Term: Sendable {
    let left: Int32
    let right: Int32
    let result: Int32
  }

  public let order: Int
  /// Where each degree's coefficients start; one more entry for where the last ends.
  let offsets: [Int]
  /// Terms of the product of the parts of degrees i and j, at `i (order + 1) + j`; empty in one variable, where the product
  /// is Cauchy's.
  private let terms: [[Term]]

  /// Coefficients of an element.
  public var count: Int { offsets[order + 1] }

  private init(order: Int, offsets: [Int], terms: [[Term]]) {
    self.order = order
    self.offsets = offsets
    self.terms = terms
  }

  /// Power series in one variable up to its `order`-th power.
  public static func univariate(order: Int) -> GradedAlgebra {
    precondition(order >= 0, "order \(order)")
    return GradedAlgebra(order: order, offsets: Array(0...(order + 1)), terms: [])
  }

  /// The algebra of `count` units with square zero: a coefficient for each subset, of degree its size.
  ///
  /// 2^count coefficients and 3^count terms a product.
  public static func nilpotent(_ count: Int) -> GradedAlgebra {
    precondition((0...12).contains(count), "\(count) nilpotent units; 3^\(count) terms a product")
    let subsets = (0..<(1 << count)).sorted { ($0.nonzeroBitCount, $0) < ($1.nonzeroBitCount, $1) }
    let disjoint = { (a: Int, b: Int) -> Int? in a & b == 0 ? a | b : nil }
    return table(elements: subsets, degree: \.nonzeroBitCount, order: count, product: disjoint)
  }

  /// The algebra with a basis of `elements` in order of degree; `product` gives a basis element or nothing.
  static func table<Element: Hashable>(
    elements: [Element], degree: (Element) -> Int, order: Int, product: (Element, Element) -> Element?
  ) -> GradedAlgebra {
    let index = Dictionary(uniqueKeysWithValues: elements.enumerated().map { ($1, $0) })
    var offsets = [Int](repeating: 0, count: order + 2)
    for element in elements { offsets[degree(element) + 1] += 1 }
    for i in 0...order { offsets[i + 1] += offsets[i] }
    var terms = [[Term]](repeating: [], count: (order + 1) * (order + 1))
    for i in 0...order {
      for j in 0...(order - i) {
        for left in offsets[i]..<offsets[i + 1] {
          for right in offsets[j]..<offsets[j + 1] {
            guard let result = product(elements[left], elements[right]).flatMap({ index[$0] }) else { continue }
            terms[i * (order + 1) + j].append(Term(left: Int32(left), right: Int32(right), result: Int32(result)))
          }
        }
      }
    }
    return GradedAlgebra(order: order, offsets: offsets, terms: terms)
  }

  /// Adds `scale` times the product of a's part of degree i and b's part of degree j to c.
  @inline(__always)
  func addProduct(
    _ i: Int, _ a: UnsafePointer<Double>, _ j: Int, _ b: UnsafePointer<Double>, scale: Double,
    into c: UnsafeMutablePointer<Double>
  ) {
    guard !terms.isEmpty else {
      c[i + j] += scale * a[i] * b[j]
      return
    }
    terms[i * (order + 1) + j].withUnsafeBufferPointer { list in
      for term in list { c[Int(term.result)] += scale * a[Int(term.left)] * b[Int(term.right)] }
    }
  }
}
