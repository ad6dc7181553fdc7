import Foundation

/// The program that draws a figure, with its data inline.
///
/// Gnuplot is used as a canvas: frames, ticks, labels and legend stand where `FigureLayout` puts them.
struct GnuplotScript {
  private let figure: DrawnFigure
  private let layout: FigureLayout
  private var blocks = ""
  private var lines: [String] = []
  private var blockCount = 0

  /// - Parameter terminal: the `set terminal` line.
  static func text(_ figure: DrawnFigure, terminal: String) -> String {
    var script = GnuplotScript(figure: figure, layout: FigureLayout(figure))
    script.build()
    return ([terminal, "set encoding utf8"] + [script.blocks] + script.lines).joined(separator: "\n") + "\n"
  }

  private init(figure: DrawnFigure, layout: FigureLayout) {
    self.figure = figure
    self.layout = layout
  }

  private mutating func build() {
    lines += [
      "set key off", "set border 3 lw 0.8 lc rgb '#4D4D4D'",
      "set tics out nomirror scale 0.6,0.35 textcolor rgb '#262626' font ',\(FigureLayout.tickFontSize)'",
      "set grid xtics ytics lt 1 lw 0.5 lc rgb '#E3E3E3'",
    ]
    setColors()
    if figure.panels.count > 1 { lines.append("set multiplot") }
    for index in figure.panels.indices {
      lines += ["unset label", "unset arrow", "unset object"]
      setAxes(index)
      setLabels(index)
      if index == 0 { setLegend() }
      if index == figure.panels.count - 1 { setColorBar() }
      plot(figure.panels[index])
    }
    if figure.panels.count > 1 { lines.append("unset multiplot") }
  }

  private mutating func setAxes(_ index: Int) {
    let frame = layout.frames[index]
    lines += [
      "set lmargin at screen \(x(frame.left))", "set rmargin at screen \(x(frame.right))",
      "set bmargin at screen \(y(frame.bottom))", "set tmargin at screen \(y(frame.top))",
    ]
    for (name, axis, ticks) in [
      ("x", figure.panels[index].x, layout.xTicks[index]), ("y", figure.panels[index].y, layout.yTicks[index]),
    ] {
      let (low, high) = (NumberText.data(axis.range.lowerBound), NumberText.data(axis.range.upperBound))
      lines.append(axis.scale == .logarithmic ? "set logscale \(name)" : "unset logscale \(name)")
      lines.append(
        "set \(name)range [\(low):\(high)] noextend"
      )
      let marks = ticks.map { tick in
        "\(GnuplotText.quoted(tick.label?.gnuplot ?? "")) \(NumberText.data(tick.value)) \(tick.label == nil ? 1 : 0)"
      }
      lines.append("set \(name)tics (\(marks.joined(separator: ", ")))")
    }
  }

  private mutating func setLabels(_ index: Int) {
    let frame = layout.frames[index]
    let panel = figure.panels[index]
    let font = "font ',\(FigureLayout.labelFontSize)' textcolor rgb '#262626'"
    let share = layout.share
    let middle = frame.left + frame.width / 2
    addLabel(panel.x.label.gnuplot, x: middle, y: frame.bottom - 35, "center \(font)")
    addLabel(
      panel.y.label.gnuplot, x: share * Double(index) + 12, y: frame.bottom + frame.height / 2,
      "center rotate by 90 \(font)")
    guard !panel.heading.isEmpty else { return }
    addLabel(GnuplotText.escaped(panel.heading), x: frame.left, y: frame.top + 12, "left \(font)")
  }

  private mutating func addLabel(_ enhanced: String, x left: Double, y bottom: Double, _ attributes: String) {
    lines.append("set label \(GnuplotText.quoted(enhanced)) at \(screen(left, bottom)) \(attributes)")
  }

  private func screen(_ left: Double, _ bottom: Double) -> String { "screen \(x(left)), screen \(y(bottom))" }

  // MARK: Colours

  private mutating func setColors() {
    if figure.color != nil { lines += Self.palette }
  }

  private mutating func setColorBar() {
    guard let axis = figure.color, let bar = layout.colorBar else { return }
    let marks = layout.colorTicks.map { tick in
      let place = NumberText.data(axis.fraction(tick.value))
      return "\(GnuplotText.quoted(tick.label?.gnuplot ?? "")) \(place) \(tick.label == nil ? 1 : 0)"
    }
    let size = "\(x(bar.width)), \(y(bar.height))"
    lines += [
      "set colorbox vertical user origin \(screen(bar.left, bar.bottom)) size screen \(size) noborder",
      "set cbtics out nomirror scale 0.6,0.35 (\(marks.joined(separator: ", ")))",
    ]
    let font = "font ',\(FigureLayout.labelFontSize)' textcolor rgb '#262626'"
    addLabel(
      axis.label.gnuplot, x: figure.width - 10, y: bar.bottom + bar.height / 2, "center rotate by 90 \(font)")
  }

  // MARK: Legend

  private mutating func setLegend() {
    switch layout.legend.place {
    case nil: return
    case .corner(let right, let top):
      let frame = layout.frames[0]
      for (row, entry) in figure.entries.enumerated() {
        let fromEdge = LegendLayout.inset + LegendLayout.lineHeight * (Double(row) + 0.5)
        let fromBottom = LegendLayout.inset + LegendLayout.lineHeight * (Double(figure.entries.count - row) - 0.5)
        let height = top ? frame.top - fromEdge : frame.bottom + fromBottom
        let left = right ? frame.right - LegendLayout.swatchWidth - 4 : frame.left + LegendLayout.inset
        setSwatch(entry, left: left, y: height)
        let textAt = right ? left - LegendLayout.gap : left + LegendLayout.swatchWidth + LegendLayout.gap
        setText(entry, x: textAt, y: height, side: right ? "right" : "left")
      }
    case .below(let rows):
      for (row, entries) in rows.enumerated() {
        let height = layout.legend.heightBelow - 6 - LegendLayout.lineHeight * (Double(row) + 0.5)
        for (index, offset) in entries {
          let left = figure.width / 2 + offset
          setSwatch(figure.entries[index], left: left, y: height)
          setText(
            figure.entries[index], x: left + LegendLayout.swatchWidth + LegendLayout.gap, y: height, side: "left")
        }
      }
    }
  }

  private mutating func setText(_ entry: DrawnFigure.Entry, x left: Double, y height: Double, side: String) {
    addLabel(
      entry.label.gnuplot, x: left, y: height, "\(side) front font ',\(LegendLayout.fontSize)' textcolor rgb '#262626'")
  }

  private mutating func setSwatch(_ entry: DrawnFigure.Entry, left: Double, y height: Double) {
    let right = left + LegendLayout.swatchWidth
    switch entry.swatch {
    case .area:
      lines.append(
        "set object rectangle from \(screen(left, height - 4)) to \(screen(right, height + 4)) front \(fill(entry.style, border: false))"
      )
    case .line, .linePoints:
      lines.append(
        "set arrow from \(screen(left, height)) to \(screen(right, height)) nohead front \(stroke(entry.style))"
      )
    case .points: break
    }
    if entry.swatch == .points || entry.swatch == .linePoints {
      lines.append(
        "set label '' at \(screen((left + right) / 2, height)) front point \(marker(entry.style))")
    }
  }

  // MARK: Data

  private mutating func plot(_ panel: DrawnFigure.Panel) {
    var elements: [String] = []
    for layer in panel.layers {
      for area in layer.areas {
        let block = addBlock(area.map { [$0.x, $0.lower, $0.upper] })
        elements.append(
          "\(block) using 1:2:3 with filledcurves \(fill(layer.style, border: false))"
        )
      }
      if !layer.bars.isEmpty {
        let block = addBlock(layer.bars.map { [$0.x, $0.height, $0.width] })
        elements.append(
          "\(block) using 1:2:3 with boxes \(fill(layer.style, border: true)) lw 0.6"
        )
      }
      if !layer.tiles.isEmpty { elements.append(Self.tilesElement(addBlock(Self.rows(of: layer.tiles)))) }
      if !layer.paths.isEmpty {
        let block = addBlock(pieces: layer.paths.map { $0.map { [$0.x, $0.y] } })
        elements.append("\(block) using 1:2 with lines \(stroke(layer.style))")
      }
      if !layer.points.isEmpty {
        let block = addBlock(layer.points.map { [$0.x, $0.y] })
        elements.append("\(block) using 1:2 with points \(marker(layer.style))")
      }
    }
    // Gnuplot refuses a plot without data: a function without values still draws the axes.
    lines.append("plot " + (elements.isEmpty ? ["NaN"] : elements).joined(separator: ", \\\n     "))
  }

  private mutating func addBlock(_ rows: [[Double]]) -> String { addBlock(pieces: [rows]) }

  /// A blank line between pieces breaks the line that is drawn through them.
  private mutating func addBlock(pieces: [[[Double]]]) -> String {
    let name = "$data\(blockCount)"
    blockCount += 1
    let text = pieces.map { rows in
      rows.map { $0.map(NumberText.data).joined(separator: " ") }.joined(separator: "\n")
    }.joined(separator: "\n\n")
    blocks += "\(name) << EOD\n\(text)\nEOD\n"
    return name
  }

  // MARK: Styles

  private func stroke(_ style: LayerStyle) -> String {
    let pattern = style.dash.pattern.map { NumberText.data($0) }.joined(separator: ",")
    let dash = pattern.isEmpty ? "1" : "(\(pattern))"
    return "lw \(NumberText.data(style.lineWidth)) dt \(dash) lc rgb '#\(style.color.rawValue)'"
  }

  private func fill(_ style: LayerStyle, border: Bool) -> String {
    let opacity = NumberText.data(style.fillOpacity)
    return "fs transparent solid \(opacity) \(border ? "border" : "noborder") fc rgb '#\(style.color.rawValue)'"
  }

  private func marker(_ style: LayerStyle) -> String {
    let type =
      switch style.marker {
      case .circle: 7
      case .square: 5
      case .triangle: 9
      case .diamond: 13
      case .openCircle: 6
      }
    return "pt \(type) ps 0.55 lw 1 lc rgb '#\(style.color.rawValue)'"
  }

  private func x(_ points: Double) -> String { NumberText.data(points / figure.width) }
  private func y(_ points: Double) -> String { NumberText.data(points / figure.height) }
}
