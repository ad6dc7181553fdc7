/// Dormand and Prince's pair of order 5(4), first same as last, with dense output of order 4; 6 stages a step.
///
/// Source: Dormand and Prince, J. Comput. Appl. Math. 6 (1980); dense output: Shampine, in Hairer, Norsett and Wanner I, II.6.
extension EmbeddedPair {
  public static let dormandPrince = EmbeddedPair(
    name: "dormand-prince", order: 5, nodes: [0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1],
    matrix: [
      [],
      [(0, 1.0 / 5)],
      [(0, 3.0 / 40), (1, 9.0 / 40)],
      [(0, 44.0 / 45), (1, -56.0 / 15), (2, 32.0 / 9)],
      [(0, 19372.0 / 6561), (1, -25360.0 / 2187), (2, 64448.0 / 6561), (3, -212.0 / 729)],
      [
        (0, 9017.0 / 3168), (1, -355.0 / 33), (2, 46732.0 / 5247), (3, 49.0 / 176), (4, -5103.0 / 18656),
      ],
    ],
    weights: [(0, 35.0 / 384), (2, 500.0 / 1113), (3, 125.0 / 192), (4, -2187.0 / 6784), (5, 11.0 / 84)],
    errors: [
      [
        (0, 71.0 / 57600), (2, -71.0 / 16695), (3, 71.0 / 1920), (4, -17253.0 / 339200), (5, 22.0 / 525),
        (6, -1.0 / 40),
      ]
    ],
    controller: StepSizeController(errorOrder: 5, smallest: 0.2, largest: 10, memory: 0.04),
    denseNodes: [], denseMatrix: [],
    denseWeights: [
      [
        (0, -12_715_105_075.0 / 11_282_082_432), (2, 87_487_479_700.0 / 32_700_410_799),
        (3, -10_690_763_975.0 / 1_880_347_072), (4, 701_980_252_875.0 / 199_316_789_632),
        (5, -1_453_857_185.0 / 822_651_844), (6, 69_997_945.0 / 29_380_423),
      ]
    ])
}
