/// What the gallery shows.
extension Gallery {
  static let preparation = [
    "depth train --data digits --output runs/digits --quiet",
    "depth theory --run runs/digits --running-cost 0.01 --output runs/theory --quiet",
  ]

  static let items = sweeps + problems + networks

  private static let sweeps = [
    Item(
      name: "boundary-against-cost",
      caption:
        "ou-contraction: the halting boundary against the running cost, for three strengths of noise. The dearer a block, the sooner to stop.",
      plan: """
        command = "boundary"
        [fixed]
        problem = "ou-contraction"
        [grid]
        noise = [0.25, 0.5, 1]
        running_cost = { log = [0.001, 1], count = 40 }

        """,
      commands: [
        "depth sweep plans/boundary-against-cost.toml --output runs/boundary-against-cost --quiet",
        "depth figures runs/boundary-against-cost --x c --y boundary --by s --log x,y --plot boundary-against-cost.png",
      ], run: "runs/boundary-against-cost"),
    Item(
      name: "boundary-over-cost-and-noise",
      caption: "ou-contraction: the halting boundary as a colour over running cost and noise.",
      plan: """
        command = "boundary"
        [fixed]
        problem = "ou-contraction"
        [grid]
        running_cost = { log = [0.001, 1], count = 40 }
        noise = { log = [0.1, 2], count = 30 }

        """,
      commands: [
        "depth sweep plans/boundary-over-cost-and-noise.toml --output runs/boundary-over-cost-and-noise --quiet",
        "depth figures runs/boundary-over-cost-and-noise --x c --y s --z boundary --log x,y,z --plot boundary-over-cost-and-noise.png",
      ], run: "runs/boundary-over-cost-and-noise"),
    Item(
      name: "continuation-region-against-cost",
      caption:
        "sequential-test: the posteriors between which the network goes on, against the running cost, for two strengths of the signal.",
      plan: """
        command = "boundary"
        [fixed]
        problem = "sequential-test"
        [grid]
        signal_to_noise = [1, 2]
        running_cost = { log = [0.005, 1], count = 40 }

        """,
      commands: [
        "depth sweep plans/continuation-region-against-cost.toml --output runs/continuation-region-against-cost --quiet",
        "depth figures runs/continuation-region-against-cost --x c --y boundary --by rho --log x --plot continuation-region-against-cost.png",
      ], run: "runs/continuation-region-against-cost"),
  ]

  private static let problems = [
    Item(
      name: "continuation-regions",
      caption:
        "american-put: where to exercise in depth, value against payoff at depth 0, and the smooth fit enlarged.",
      commands: [
        "depth boundary --problem american-put --set strike=100 --at 90 --output runs/american-put --plot continuation-regions.png --quiet"
      ], run: "runs/american-put"),
    Item(
      name: "smooth-fit",
      caption:
        "sequential-test: value, stopping loss and both halting boundaries; right, the two curves meet without a kink.",
      commands: [
        "depth boundary --problem sequential-test --set c=0.1 --at 0.5 --output runs/sequential-test --plot smooth-fit.png --quiet"
      ], run: "runs/sequential-test"),
    Item(
      name: "depth-limit",
      caption:
        "flow-decay: the error of a residual network of L blocks falls as the predicted ||e(T)||/L, nothing fitted.",
      commands: [
        "depth limit --problem flow-decay --horizon 1 --output runs/depth-limit --plot depth-limit.png --quiet"
      ], run: "runs/depth-limit"),
    Item(
      name: "ensemble", caption: "ou-contraction as noise in depth: mean, one standard deviation, and sample paths.",
      commands: [
        "depth simulate --problem ou-contraction --paths 2000 --horizon 2 --points 41 --output runs/ensemble --plot ensemble.png --quiet"
      ], run: "runs/ensemble"),
  ]

  private static let networks = [
    Item(
      name: "accuracy-per-block", caption: "Digits: what each block of the trained network adds.",
      commands: ["depth figures runs/digits --plot accuracy-per-block.png"], run: "runs/digits"),
    Item(
      name: "gain-envelope",
      caption:
        "Digits: the gain of one more block, its envelope, and the cost that it must earn; K(c) bounds the depth.",
      commands: ["depth figures runs/theory --plot gain-envelope.png"], run: "runs/theory"),
    Item(
      name: "halting-law",
      caption: "Digits: where test samples halt under the theory's own boundary, and where it was predicted.",
      commands: ["depth compare --run runs/digits --running-cost 0.01 --plot halting-law.png --quiet"],
      run: "runs/digits"),
    Item(
      name: "accuracy-depth", caption: "Digits: accuracy of every halting rule against its mean depth.",
      commands: [
        "depth compare --run runs/digits --running-cost 0.01 --picture accuracy-depth --plot accuracy-depth.png --quiet"
      ], run: "runs/digits"),
    Item(
      name: "objective-against-cost",
      caption:
        "Digits, three seeds: the objective of halting rules against the cost of a block; the oracle sees labels.",
      commands: [
        "depth reproduce --quick --output runs/reproduction --quiet",
        "depth figures runs/reproduction/objective-against-cost.csv --x running_cost --y objective --by rule --log x,y --plot objective-against-cost.png",
      ], run: "runs/reproduction/objective-against-cost.csv"),
    Item(
      name: "expected-depth-against-cost",
      caption:
        "Digits, three seeds a cost: how deep the trained gate lets a network go, against the cost it was trained at.",
      plan: """
        command = "train"
        [fixed]
        data = "digits"
        epochs = 10
        blocks = 8
        depth_regularizer = "soft-stop"
        [grid]
        running_cost = [0.001, 0.01, 0.1]
        [replicates]
        count = 3

        """,
      commands: [
        "depth sweep plans/expected-depth-against-cost.toml --output runs/expected-depth-against-cost --quiet",
        "depth figures runs/expected-depth-against-cost --x running_cost --y expected_stopping_depth --log x --plot expected-depth-against-cost.png",
      ], run: "runs/expected-depth-against-cost"),
  ]
}
