import Foundation
import Testing

@testable import DepthNumerics

/// The kernels against plain loops, at sizes that meet every block and remainder.
@Suite struct LaneKernelsTests {
  private static func random(_ count: Int, seed: UInt64) -> [Double] {
    var stream = RandomStream(seed: seed)
    return stream.normals(count)
  }

  private static func expectEqual(_ a: [Double], _ b: [Double], _ comment: String) {
    for (x, y) in zip(a, b) { #expect(abs(x - y) <= 1e-13 * max(1, abs(y)), "\(comment)") }
  }

  @Test(arguments: [(1, 1), (2, 3), (7, 5), (8, 8), (11, 17), (33, 9), (64, 20), (130, 3)])
  func productsAreThoseOfPlainLoops(rows: Int, columns: Int) {
    let (w, b) = (Self.random(rows * columns, seed: 1), Self.random(rows, seed: 2))
    let (x, z) = (Self.random(8 * columns, seed: 3), Self.random(8 * rows, seed: 4))
    let name = "\(rows) x \(columns)"
    var y = [Double](repeating: .nan, count: 8 * rows)
    LaneKernels.affine(rows: rows, columns: columns, w, bias: b, x, into: &y)
    var expected = y
    for i in 0..<rows {
      for l in 0..<8 { expected[8 * i + l] = (0..<columns).reduce(b[i]) { $0 + w[i * columns + $1] * x[8 * $1 + l] } }
    }
    Self.expectEqual(y, expected, name)
    var t = [Double](repeating: .nan, count: 8 * columns)
    LaneKernels.transposed(rows: rows, columns: columns, w, z, into: &t)
    var back = t
    for j in 0..<columns {
      for l in 0..<8 { back[8 * j + l] = (0..<rows).reduce(0.0) { $0 + w[$1 * columns + j] * z[8 * $1 + l] } }
    }
    Self.expectEqual(t, back, name)
    // one sample: the kernel is given the transpose
    var v = w
    for i in 0..<rows { for j in 0..<columns { v[j * rows + i] = w[i * columns + j] } }
    let single = (0..<columns).map { x[8 * $0 + 3] }
    var one = [Double](repeating: .nan, count: rows)
    LaneKernels.affine(rows: rows, columns: columns, transposed: v, bias: b, vector: single, into: &one)
    Self.expectEqual(one, (0..<rows).map { expected[8 * $0 + 3] }, name)
  }

  @Test(arguments: [(1, 1), (4, 8), (5, 9), (8, 16), (13, 27)])
  func outerProductsAddUp(rows: Int, columns: Int) {
    let (a, b) = (Self.random(8 * rows, seed: 5), Self.random(8 * columns, seed: 6))
    var (g, scratch) = ([Double](repeating: 1, count: rows * columns), [Double](repeating: 0, count: 8 * columns))
    LaneKernels.addOuter(rows: rows, columns: columns, a, b, scratch: &scratch, to: &g)
    var expected = g
    for i in 0..<rows {
      for j in 0..<columns {
        expected[i * columns + j] = (0..<8).reduce(1.0) { $0 + a[8 * i + $1] * b[8 * j + $1] }
      }
    }
    Self.expectEqual(g, expected, "\(rows) x \(columns)")
    var sums = [Double](repeating: 2, count: rows)
    LaneKernels.addSum(rows: rows, a, to: &sums)
    Self.expectEqual(sums, (0..<rows).map { i in (0..<8).reduce(2.0) { $0 + a[8 * i + $1] } }, "sums")
  }

  @Test(arguments: [1, 2, 7, 8, 9, 24, 31])
  func combinationsAndErrors(count: Int) {
    let terms = LinearCombination(allocating: [0.5, 0, -1.5, 2])
    defer { terms.deallocate() }
    let (y, z, k) = (Self.random(count, seed: 1), Self.random(count, seed: 2), Self.random(4 * count, seed: 3))
    let sums = (0..<count).map { 0.5 * k[$0] - 1.5 * k[2 * count + $0] + 2 * k[3 * count + $0] }
    var out = y
    LaneKernels.combine(count: count, y, step: 0.3, terms: terms, k, stride: count, into: &out)
    Self.expectEqual(out, (0..<count).map { y[$0] + 0.3 * sums[$0] }, "\(count)")
    let absolute = (0..<count).map { 0.1 + 0.01 * Double($0) }
    let square = LaneKernels.errorSquare(
      count: count, y, z, relative: 0.2, absolute: absolute, terms: terms, k, stride: count)
    var expected = 0.0
    for i in 0..<count {
      let share = sums[i] / (absolute[i] + 0.2 * max(abs(y[i]), abs(z[i])))
      expected += share * share
    }
    #expect(abs(square - expected) < 1e-12 * expected)
    // an overflow in either state is no small error
    var overflow = z
    overflow[count - 1] = .infinity
    let infinite = LaneKernels.errorSquare(
      count: count, y, overflow, relative: 0.2, absolute: absolute, terms: terms, k, stride: count)
    #expect(!infinite.isFinite)
  }

  @Test func lanesHaveTheirOwnSteps() {
    let terms = LinearCombination(allocating: [1, 2])
    defer { terms.deallocate() }
    let (y, z, k) = (Self.random(24, seed: 1), Self.random(24, seed: 2), Self.random(48, seed: 3))
    let steps = (0..<8).map { 0.1 * Double($0) }
    var out = y
    LaneKernels.combineLanes(count: 24, y, steps: steps, terms: terms, k, stride: 24, into: &out)
    let moved = (0..<24).map { i -> Double in
      let sum = k[i] + 2 * k[24 + i]
      return y[i] + steps[i % 8] * sum
    }
    Self.expectEqual(out, moved, "steps")
    var sums = [Double](repeating: 0, count: 8)
    LaneKernels.errorSquareLanes(
      components: 3, y, z, relative: 0.1, absolute: [1, 2, 3], terms: terms, k, stride: 24, into: &sums)
    for lane in 0..<8 {
      var expected = 0.0
      for i in 0..<3 {
        let at = 8 * i + lane
        let weight = Double(i + 1) + 0.1 * max(abs(y[at]), abs(z[at]))
        let share = (k[at] + 2 * k[24 + at]) / weight
        expected += share * share
      }
      #expect(abs(sums[lane] - expected) < 1e-12 * expected)
    }
    var target = y
    LaneKernels.select(components: 3, mask: [0, 1, 0, 0, 1, 1, 0, 1], z, into: &target)
    for i in 0..<24 { #expect(target[i] == ([1, 4, 5, 7].contains(i % 8) ? z[i] : y[i])) }
  }

  @Test(arguments: [1, 3, 8, 13, 100])
  func vectorFunctionsWorkInPlace(count: Int) {
    let x = Self.random(count, seed: 9).map { 3 * $0 }
    var (apart, place) = (x, x)
    VectorMath.tanh(x, into: &apart, count: count)
    place.withUnsafeMutableBufferPointer { VectorMath.tanh($0.baseAddress!, into: $0.baseAddress!, count: count) }
    for i in 0..<count {
      #expect(abs(apart[i] - tanh(x[i])) <= 3 * tanh(x[i]).ulp && abs(place[i] - tanh(x[i])) <= 3 * tanh(x[i]).ulp)
    }
  }
}
