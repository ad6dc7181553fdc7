import DepthRuns
import Testing

@testable import DepthFigures

@Suite struct NumberMacrosTests {
  @Test func writesAMacroUnderItsSource() throws {
    var macros = NumberMacros()
    try macros.add("BoundaryRadius", 0.134161034098, source: "depth boundary --problem ou-contraction")
    try macros.add("Paths", 100_000, source: "a\nb")
    try macros.add("Commit", "a_b%", source: "git")
    try macros.add("Gap", 1.25e-7, digits: 3, source: "depth compare")
    #expect(
      macros.tex == """
        % Written by `depth paper build`; do not edit.
        % depth boundary --problem ou-contraction
        \\newcommand{\\BoundaryRadius}{\\ensuremath{0.1342}}
        % a b
        \\newcommand{\\Paths}{\\ensuremath{100000}}
        % git
        \\newcommand{\\Commit}{a\\_b\\%}
        % depth compare
        \\newcommand{\\Gap}{\\ensuremath{1.25\\cdot 10^{-7}}}

        """)
  }

  @Test(arguments: ["", "Radius1", "a-b", "Größe", "a b", "x}"]) func refusesNamesThatTeXCannotRead(_ name: String) {
    var macros = NumberMacros()
    #expect(throws: InputError.value("'\(name)'", of: "a macro's name", allowed: "ASCII letters only", kind: .data)) {
      try macros.add(name, 1.0, source: "")
    }
    #expect(macros.entries.isEmpty)
  }

  @Test func refusesDoublesAndWhatIsNoNumber() throws {
    var macros = NumberMacros()
    try macros.add("A", 1.0, source: "")
    #expect(throws: InputError.data("the macro \\A is defined twice")) { try macros.add("A", 2.0, source: "") }
    #expect(throws: InputError.self) { try macros.add("B", .nan, source: "") }
    #expect(throws: InputError.self) { try macros.add("B", 1, digits: 0, source: "") }
    #expect(macros.entries.count == 1)
  }
}

@Suite struct TexTableTests {
  @Test func writesColumnsWithHeadersDigitsAndDashes() throws {
    var table = Tables.of("t", ("objective", [0.123456, .nan]), ("unused", [1, 2]))
    table.add("rule", ["full_depth", "50 %"])
    let text = try TexTable(table, columns: [.init("rule"), .init("objective", digits: 3)]).tex()
    #expect(
      text == """
        \\begin{tabular}{lr}
        \\toprule
        rule & objective $J$ [loss] \\\\
        \\midrule
        full\\_depth & $0.123$ \\\\
        50 \\% & -- \\\\
        \\bottomrule
        \\end{tabular}%

        """)
  }

  @Test func aMissingColumnIsNamed() {
    #expect(throws: InputError.self) {
      try TexTable(Tables.of("t", ("a", [1])), columns: [.init("b")]).tex()
    }
  }
}
