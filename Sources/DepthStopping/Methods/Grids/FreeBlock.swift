/// A maximal run of free nodes at one depth, with what lies beyond its two edges.
struct FreeBlock {
  /// One edge of a block.
  struct Edge {
    /// Whether a free boundary lies there, else the grid's end.
    var isFree: Bool
    /// U of the smooth continuation at the first stopped node: what a second difference across the boundary must see.
    var ghost = 0.0
    /// From the outermost free node to the boundary.
    var gap = 0.0
    /// Whether the gap is smooth fit's: else the boundary lies on the stopped node.
    var isSmooth = false
    /// The ghost as the outermost free U moves: `offset - slope U`, tangent to the smooth continuation.
    var slope = 0.0
    var offset = 0.0
  }

  var first: Int
  var last: Int
  var lower: Edge
  var upper: Edge
}
