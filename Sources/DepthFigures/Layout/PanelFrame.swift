/// Where the axes of one panel stand on the canvas, in points from the lower left corner.
struct PanelFrame: Equatable, Sendable {
  let left: Double
  let bottom: Double
  let width: Double
  let height: Double

  var right: Double { left + width }
  var top: Double { bottom + height }
}

/// The frames of a figure's panels in one row, with the ticks that fit them and the place of the legend.
struct FigureLayout {
  static let tickFontSize = 9.5
  static let labelFontSize = 10.5
  /// Width that a colour bar takes with its ticks and its label, in points.
  static let colorBarSpace = 84.0
  static let colorBarWidth = 11.0

  let frames: [PanelFrame]
  let xTicks: [[Tick]]
  let yTicks: [[Tick]]
  let legend: LegendLayout
  /// Width of one panel's part of the figure.
  let share: Double
  /// The bar of the colour axis, and its ticks.
  let colorBar: PanelFrame?
  let colorTicks: [Tick]

  init(_ figure: DrawnFigure) {
    let share = (figure.width - (figure.color == nil ? 0 : Self.colorBarSpace)) / Double(figure.panels.count)
    self.share = share
    let yTicks = figure.panels.map { $0.y.ticks(count: max(2, Int(figure.height / 55))) }
    let lefts = yTicks.map { ticks in
      36 + (ticks.compactMap { $0.label.map { TextWidth.of($0.plain, size: Self.tickFontSize) } }.max() ?? 10)
    }
    let right = 14.0
    let top = figure.panels.contains { !$0.heading.isEmpty } ? 24.0 : 10.0
    let axisBottom = 45.0
    let height = figure.height - top - axisBottom
    legend = LegendLayout(figure, axesWidth: share - lefts[0] - right, axesHeight: height)
    let bottom = axisBottom + legend.heightBelow
    let frames = lefts.enumerated().map { index, left in
      PanelFrame(
        left: share * Double(index) + left, bottom: bottom, width: max(40, share - left - right),
        height: max(40, figure.height - top - bottom))
    }
    self.frames = frames
    self.yTicks = yTicks
    colorTicks = figure.color?.ticks(count: max(2, Int(figure.height / 55))) ?? []
    colorBar = figure.color.map { _ in
      PanelFrame(
        left: figure.width - Self.colorBarSpace + 4, bottom: bottom, width: Self.colorBarWidth, height: frames[0].height
      )
    }
    xTicks = zip(figure.panels, frames).map { panel, frame in panel.x.ticks(count: max(2, Int(frame.width / 62))) }
  }
}
