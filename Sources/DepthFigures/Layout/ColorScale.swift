/// The colours of heat maps: viridis, even in lightness and distinct for every common kind of colour blindness.
///
/// Eighteen of its colours with straight lines between them, at most 5 of 255 from the original.
/// Source: S. van der Walt, N. Smith, matplotlib's `_cm_listed.py` (2015), public domain (CC0).
enum ColorScale {
  static let anchors: [(red: Int, green: Int, blue: Int)] = [
    (68, 1, 84), (72, 23, 105), (71, 42, 122), (67, 61, 132), (61, 78, 138), (53, 94, 141), (46, 109, 142),
    (41, 123, 142), (35, 137, 142), (31, 151, 139), (33, 165, 133), (46, 179, 124), (70, 192, 111), (101, 203, 94),
    (137, 213, 72), (176, 221, 47), (216, 226, 25), (253, 231, 37),
  ]

  /// The colour at `shade`, 0 to 1.
  static func color(_ shade: Double) -> (red: Int, green: Int, blue: Int) {
    let place = min(1, max(0, shade)) * Double(anchors.count - 1)
    let index = min(anchors.count - 2, Int(place))
    let share = place - Double(index)
    let (low, high) = (anchors[index], anchors[index + 1])
    func between(_ a: Int, _ b: Int) -> Int { Int((Double(a) + share * Double(b - a)).rounded()) }
    return (between(low.red, high.red), between(low.green, high.green), between(low.blue, high.blue))
  }
}
