import ArgumentParser
import DepthDynamics
import DepthExperiments
import DepthRuns
import Foundation

/// `depth sweep`: a plan's tasks, from a file to a tidy table.
struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "A parameter sweep: any command over grids, lists and samples, into one tidy table.",
    discussion: """
      examples:
        depth sweep Examples/ou-contraction.toml --output sweeps/ou
        depth sweep Examples/ou-contraction.toml --dry-run
        depth sweep Examples/ou-contraction.toml --set a=2 --set "grid.c=[0.1, 0.2]" --output sweeps/quiet
        depth sweep Examples/ou-contraction.toml --output sweeps/ou --resume
        depth sweep status sweeps/ou
        depth sweep Examples/digits.toml --output sweeps/digits --jobs 2
        depth sweep PLAN.toml --executor list --chunks 8 --output DIR | parallel; depth sweep collect DIR
        depth sweep PLAN.toml --executor slurm --chunks 100 --slurm partition=cpu --slurm timeout_min=60 --output DIR
      A plan is TOML: command, seed, [fixed], [grid] (full product), [zip], [[list]], [sample] (method = "random" or
      "latin-hypercube", count), [replicates] count. Ranges: { log = [lo, hi], count = n }, { linear = [lo, hi], count = n },
      { integers = [lo, hi] }. Everything is checked before anything runs. DIR gets results.csv, results.sqlite, manifest.json.
      """)

  @Argument(help: "PLAN.toml; or: status DIR (what is done), collect DIR (make the table of what is done).")
  var arguments: [String]
  @Option(name: .long, help: "The sweep's folder (default sweeps/NAME of the plan).") var output: String?
  @Option(
    name: .long, parsing: .unconditionalSingleValue,
    help: "Replace a key of the plan: c=0.1 (fixed), grid.c=[0.1, 0.2], seed=2, replicates.count=3; repeatable.")
  var set: [String] = []
  @Option(name: .long, help: "Seed of the sweep; replaces the plan's.") var seed: UInt64?
  @Option(name: .long, help: "Tasks at once; results do not depend on it (default: the cores).") var jobs: Int?
  @OptionGroup(title: "Executor") var executor: ExecutorOptions
  @Flag(name: .long, help: "Finish a sweep that was interrupted, or that has tasks left.") var resume = false
  @Option(name: .long, help: "Further attempts of a task that failed (default 0).") var retries: Int?
  @Flag(name: .long, help: "Stop at the first task that fails.") var failFast = false
  @Option(name: .long, help: "Stop when so many tasks have failed.") var maxFailures: Int?
  @Flag(name: .long, help: "Check the plan, show its first tasks, estimate the time; run and write nothing.")
  var dryRun = false
  @Flag(name: .long, help: "Print one JSON object on stdout.") var json = false
  @Flag(name: .long, help: "No progress on stderr.") var quiet = false
  @Flag(name: .long, help: "Exit 0 although tasks missed their tolerance.") var allowUnconverged = false

  func run() throws {
    guard let first = arguments.first else { throw InputError.usage("name a plan: depth sweep PLAN.toml") }
    if arguments.count == 2, first == "status" { return try SweepReport.status(arguments[1], json: json) }
    if arguments.count == 2, first == "collect" {
      return try SweepReport.collect(arguments[1], json: json, allowUnconverged: allowUnconverged)
    }
    guard arguments.count == 1 else {
      throw InputError.usage("one plan, not \(arguments.count); allowed: PLAN.toml, status DIR, collect DIR")
    }
    try checkOptions()
    let overrides = set + (seed.map { ["seed=\($0)"] } ?? [])
    let plan = try SweepPlan(contentsOf: URL(fileURLWithPath: first), overrides: overrides)
    let jobs = self.jobs ?? executor.defaultJobs
    let runner = try SweepTaskRunner(plan, threads: max(1, ProcessInfo.processInfo.activeProcessorCount / jobs))
    let resolver = SweepResolver(plan, runner.schema)
    let identities = try checked(resolver, runner, path: first)
    let executor = try executor.executor(tasks: plan.count, plan: URL(fileURLWithPath: first))
    let hand = SweepWorkerWords(
      folder: folder(for: first), jobs: jobs, retries: retries ?? 0, mostFailures: failFast ? 1 : maxFailures)
    if dryRun {
      try SweepDryRun(plan, resolver, runner, jobs: jobs).report(json: json, quiet: quiet)
      if !json { try executor.preview(hand).forEach { try StandardOutput.print($0) } }
      return
    }
    try sweep(plan, resolver, runner, identities, executor, hand)
  }

  private func checkOptions() throws {
    if let jobs, !(1...1024).contains(jobs) { throw InputError.value(jobs, of: "jobs", allowed: "1 to 1024") }
    if let retries, !(0...100).contains(retries) { throw InputError.value(retries, of: "retries", allowed: "0 to 100") }
    if let maxFailures, maxFailures < 1 {
      throw InputError.value(maxFailures, of: "max_failures", allowed: "integers from 1")
    }
    guard !failFast || maxFailures == nil else {
      throw InputError.usage("--fail-fast and --max-failures exclude each other")
    }
    if let output, output.isEmpty { throw InputError.usage("--output is empty; allowed: a folder's name") }
  }

  private func folder(for plan: String) -> URL {
    let name = URL(fileURLWithPath: plan).deletingPathExtension().lastPathComponent
    return URL(fileURLWithPath: output ?? "sweeps/\(name)")
  }

  private func checked(
    _ resolver: SweepResolver, _ runner: SweepTaskRunner, path: String
  ) throws -> [SweepIdentity] {
    do {
      return try resolver.check(threads: ProcessInfo.processInfo.activeProcessorCount, validate: runner.validate)
    } catch let error as InputError {
      throw error.at(path)
    }
  }

  private func sweep(
    _ plan: SweepPlan, _ resolver: SweepResolver, _ runner: SweepTaskRunner, _ identities: [SweepIdentity],
    _ executor: any SweepExecutor, _ worker: SweepWorkerWords
  ) throws {
    let output = worker.folder
    try SweepFolder.requireRoom(for: plan, at: output, resumes: resume)
    let lock = try SweepLock(output)
    let folder = try SweepFolder(for: plan, at: output, resumes: resume)
    let session = SweepSession(
      folder: folder, plan: plan, resolver: resolver, runner: runner,
      progress: try folder.progress(plan.count, identities: identities), worker: worker, quiet: quiet)
    let left = session.left().count
    if resume { Messages.note("\(plan.count - left) of \(plan.count) tasks are done, \(left) are left", quiet: quiet) }
    let start = ContinuousClock.now
    let execution: SweepExecution
    do {
      execution = try executor.execute(session, lock)
    } catch let error as InputError {
      throw InputError.data("\(error.description); what is done is kept, --resume goes on")
    }
    try withExtendedLifetime(lock) {
      switch execution {
      case .handedOut(let lines):
        for line in lines { try StandardOutput.print(line) }
        Messages.note("then: depth sweep collect \(output.relativePath)", quiet: quiet)
      case .ran(let outcome): try finish(outcome, session, seconds: (ContinuousClock.now - start) / .seconds(1))
      }
    }
  }

  private func finish(_ outcome: SweepWorker.Outcome, _ session: SweepSession, seconds: Double) throws {
    if Interruption.isRequested {
      let done = session.plan.count - session.left().count + outcome.completed + outcome.failed
      Messages.error(
        "interrupted, \(done) of \(session.plan.count) tasks are done; --resume with the same command finishes the sweep"
      )
      throw ExitCode(130)
    }
    let summary = try SweepReport.write(session.folder, session.plan, seconds: seconds)
    if outcome.isCutShort {
      Messages.error("stopped after \(outcome.failed) failed tasks; --resume goes on with the tasks that are left")
    }
    try SweepReport.print(summary, session.folder, session.plan, ran: outcome, seconds: seconds, json: json)
    try SweepReport.exit(summary, allowUnconverged: allowUnconverged)
  }
}
