/// What a run needs to know beside field and samples: plain numbers, the same for every chunk.
struct LaneRunPlan {
  let relative: Double
  /// Per component.
  let absolute: [Double]
  let start: Double
  /// Ends of the field's smooth pieces, ascending; the last is the end of the run.
  let segmentEnds: [Double]
  /// Where f jumps at the end of the run, but for rounding: the last step takes its limit from the left, like those before
  /// other jumps.
  let jumpAtEnd: Double?
  /// Depths to keep states at, ascending.
  let saved: [Double]
  let maximumSteps: Int
  let control: StepControl
  /// Give up as soon as stiffness is noticed.
  let stopsWhenStiff: Bool
  /// In place of error control; the segments' ends are among their ends.
  let prescribed: PrescribedSteps?

  var end: Double { segmentEnds[segmentEnds.count - 1] }
}
