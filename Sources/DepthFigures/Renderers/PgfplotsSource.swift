/// The text of one `tikzpicture`.
struct PgfplotsSource {
  private let figure: DrawnFigure
  private let layout: FigureLayout
  private let pictureStem: String
  private var lines: [String] = []

  static func text(_ figure: DrawnFigure, pictureStem: String) -> String {
    var source = PgfplotsSource(figure: figure, layout: FigureLayout(figure), pictureStem: pictureStem)
    source.build()
    return source.lines.joined(separator: "\n") + "\n"
  }

  private init(figure: DrawnFigure, layout: FigureLayout, pictureStem: String) {
    self.figure = figure
    self.layout = layout
    self.pictureStem = pictureStem
  }

  private mutating func build() {
    lines.append("\\begin{tikzpicture}")
    for color in usedColors() { lines.append("\\definecolor{depth\(color)}{HTML}{\(color.rawValue)}") }
    for index in figure.panels.indices {
      lines.append("\\begin{axis}[")
      lines += options(index).map { "  \($0)," }
      lines.append("]")
      if figure.panels[index].hasTiles { addTiles(index) }
      for layer in figure.panels[index].layers { add(layer) }
      if index == 0 { addLegend() }
      lines.append("\\end{axis}")
    }
    lines.append("\\end{tikzpicture}%")
  }

  private func usedColors() -> [LayerStyle.Color] {
    let used = Set(figure.panels.flatMap(\.layers).map(\.style.color))
    return LayerStyle.Color.allCases.filter(used.contains)
  }

  // MARK: Axes

  private func options(_ index: Int) -> [String] {
    let panel = figure.panels[index]
    let frame = layout.frames[index]
    var options = [
      "at={(\(number(frame.left))bp,0bp)}", "anchor=south west", "scale only axis",
      "width=\(number(frame.width))bp", "height=\(number(frame.height))bp",
      "axis lines*=left", "axis on top=\(panel.hasTiles)", "clip mode=individual", "tick align=outside",
      "tick pos=left",
      "grid=\(panel.hasTiles ? "none" : "major")", "grid style={line width=0.3pt, black!12}",
      "axis line style={black!70}",
      "tick style={black!70}", "tick label style={font=\\footnotesize}", "label style={font=\\small}",
      "xlabel={\(panel.x.label.tex)}", "ylabel={\(panel.y.label.tex)}",
    ]
    if !panel.heading.isEmpty { options.append("title={\(TeXText.escaped(panel.heading))}") }
    for (name, axis, ticks) in [("x", panel.x, layout.xTicks[index]), ("y", panel.y, layout.yTicks[index])] {
      let labelled = ticks.filter { $0.label != nil }
      options += [
        "\(name)mode=\(axis.scale == .logarithmic ? "log" : "normal")",
        "\(name)min=\(number(axis.range.lowerBound))", "\(name)max=\(number(axis.range.upperBound))",
        "\(name)tick={\(labelled.map { number($0.value) }.joined(separator: ","))}",
        "\(name)ticklabels={\(labelled.compactMap { $0.label?.tex }.joined(separator: ","))}",
        "minor \(name)tick={\(ticks.filter { $0.label == nil }.map { number($0.value) }.joined(separator: ","))}",
      ]
    }
    if index == figure.panels.count - 1 { options += colorBarOptions() }
    return index == 0 ? options + legendOptions() : options
  }

  private func colorBarOptions() -> [String] {
    guard let axis = figure.color else { return [] }
    let ticks = layout.colorTicks.filter { $0.label != nil }
    let colors = ColorScale.anchors.map { "rgb255=(\($0.red),\($0.green),\($0.blue))" }.joined(separator: " ")
    let style = [
      "width=\(number(FigureLayout.colorBarWidth))bp", "ylabel={\(axis.label.tex)}", "axis lines*=box", "grid=none",
      "ytick={\(ticks.map { number(axis.fraction($0.value)) }.joined(separator: ","))}",
      "yticklabels={\(ticks.compactMap { $0.label?.tex }.joined(separator: ","))}", "minor ytick={}",
    ]
    return [
      "colormap={depth}{\(colors)}", "point meta min=0", "point meta max=1", "colorbar",
      "colorbar style={\(style.joined(separator: ", "))}",
    ]
  }

  /// A picture over the whole panel, under everything else.
  private mutating func addTiles(_ index: Int) {
    let panel = figure.panels[index]
    let corners = [
      "xmin=\(number(panel.x.range.lowerBound))", "xmax=\(number(panel.x.range.upperBound))",
      "ymin=\(number(panel.y.range.lowerBound))", "ymax=\(number(panel.y.range.upperBound))",
    ]
    lines.append("\\addplot[forget plot] graphics[\(corners.joined(separator: ", "))] {\(pictureStem)-\(index).png};")
  }

  // MARK: Layers

  private mutating func add(_ layer: DrawnLayer) {
    for area in layer.areas {
      let upper = area.map { Point(x: $0.x, y: $0.upper) }
      let lower = area.reversed().map { Point(x: $0.x, y: $0.lower) }
      add("draw=none, \(fill(layer.style))", upper + lower, closing: " \\closedcycle")
    }
    for bar in layer.bars {
      let (left, right) = (bar.x - bar.width / 2, bar.x + bar.width / 2)
      // A closed outline, not `ybar`: its width would need the axis' unit.
      let outline = [
        Point(x: left, y: base(bar)), Point(x: left, y: bar.height), Point(x: right, y: bar.height),
        Point(x: right, y: base(bar)),
      ]
      add("draw=depth\(layer.style.color), line width=0.3pt, \(fill(layer.style))", outline, closing: "")
    }
    for path in layer.paths { add("no marks, \(stroke(layer.style))", path, closing: "") }
    if !layer.points.isEmpty { add("only marks, \(marker(layer.style))", layer.points, closing: "") }
  }

  /// Bars stand on zero, on a logarithmic axis at its lower end.
  private func base(_ bar: DrawnLayer.Bar) -> Double {
    let axis = figure.panels.first { $0.layers.contains { $0.bars.contains(bar) } }?.y
    return axis?.scale == .logarithmic ? axis?.range.lowerBound ?? 0 : 0
  }

  private mutating func add(_ options: String, _ points: [Point], closing: String) {
    lines.append("\\addplot[forget plot, \(options)] table[row sep=\\\\] {")
    lines.append("x y\\\\")
    lines += points.map { "\(number($0.x)) \(number($0.y))\\\\" }
    lines.append("}\(closing);")
  }

  // MARK: Legend

  private func legendOptions() -> [String] {
    let style = "draw=none, fill=none, font=\\footnotesize, cells={anchor=west}"
    switch layout.legend.place {
    case nil: return []
    case .corner(let right, let top):
      let anchor = (top ? "north" : "south") + (right ? " east" : " west")
      return ["legend style={\(style), at={(\(right ? "0.99" : "0.02"),\(top ? "0.99" : "0.02"))}, anchor=\(anchor)}"]
    case .below(let rows):
      let frame = layout.frames[0]
      let columnGap = "/tikz/every even column/.append style={column sep=6pt}"
      let center = (figure.width / 2 - frame.left) / frame.width
      let below = -(36 / frame.height)
      return [
        "legend columns=\(rows.map(\.count).max() ?? 1)",
        "legend style={\(style), at={(\(number(center)),\(number(below)))}, anchor=north, \(columnGap)}",
      ]
    }
  }

  private mutating func addLegend() {
    for entry in figure.entries {
      let image =
        switch entry.swatch {
        case .area:
          "legend image code/.code={\\path[draw=none, \(fill(entry.style))] (0cm,-0.08cm) rectangle (0.6cm,0.1cm);}"
        case .line: "no marks, \(stroke(entry.style))"
        case .points: "only marks, \(marker(entry.style))"
        case .linePoints: "\(stroke(entry.style)), \(marker(entry.style))"
        }
      lines.append("\\addlegendimage{\(image)}")
      lines.append("\\addlegendentry{\(entry.label.tex)}")
    }
  }

  // MARK: Styles

  private func stroke(_ style: LayerStyle) -> String {
    let pattern = style.dash.pattern
    var text = "depth\(style.color), line width=\(number(style.lineWidth * 0.6))pt"
    if !pattern.isEmpty {
      let parts = pattern.enumerated().map {
        "\($0.offset.isMultiple(of: 2) ? "on" : "off") \(number($0.element * 0.7))pt"
      }
      text += ", dash pattern=\(parts.joined(separator: " "))"
    }
    return text
  }

  private func fill(_ style: LayerStyle) -> String {
    "fill=depth\(style.color), fill opacity=\(number(style.fillOpacity))"
  }

  private func marker(_ style: LayerStyle) -> String {
    let shape =
      switch style.marker {
      case .circle: "*"
      case .square: "square*"
      case .triangle: "triangle*"
      case .diamond: "diamond*"
      case .openCircle: "o"
      }
    let options =
      "solid, draw=depth\(style.color), fill=\(style.marker == .openCircle ? "white" : "depth\(style.color)")"
    return "mark=\(shape), mark size=1.4pt, mark options={\(options)}"
  }

  private func number(_ value: Double) -> String { NumberText.data(value) }
}
