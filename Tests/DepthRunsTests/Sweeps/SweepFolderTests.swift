import Foundation
import Testing

@testable import DepthRuns

@Suite struct SweepFolderTests {
  @Test func aFolderTakesOnePlan() throws {
    let fixture = try SweepFixture()
    let url = fixture.folder.url
    #expect(try fixture.folder.plan().hash() == fixture.plan.hash())
    // written as 1, read as an integer
    let whole = try SweepPlan(
      command: "boundary", axes: [SweepAxis(keys: ["c"], rows: [[.number(1)], [.number(0.5)]])])
    _ = try SweepFolder(for: whole, at: fixture.temporary.file("whole"), resumes: false)
    _ = try SweepFolder(for: whole, at: fixture.temporary.file("whole"), resumes: true)
    let again = try #require(throws: InputError.self) { try SweepFolder(for: fixture.plan, at: url, resumes: false) }
    #expect(again.description.contains("--resume") && again.kind == .data)
    _ = try SweepFolder(for: fixture.plan, at: url, resumes: true)
    let other = try SweepPlan(command: "boundary", seed: 2, axes: SweepFixture.axes, replicates: 2)
    let stranger = try #require(throws: InputError.self) { try SweepFolder(for: other, at: url, resumes: true) }
    #expect(stranger.description.contains("another sweep: its seed is 1"))
    try AtomicFile.makeFolder(fixture.temporary.file("used"))
    try AtomicFile.write("x", to: fixture.temporary.file("used/notes.txt"))
    #expect(throws: InputError.self) {
      try SweepFolder(for: fixture.plan, at: fixture.temporary.file("used"), resumes: false)
    }
    #expect(throws: InputError.self) { try SweepFolder(opening: fixture.temporary.file("used")) }
  }

  @Test func lockIsHeldOnceOrShared() throws {
    let fixture = try SweepFixture()
    let url = fixture.folder.url
    #expect(!SweepLock.isHeld(in: url))
    do {
      let lock = try SweepLock(url)
      #expect(SweepLock.isHeld(in: url))
      #expect(throws: InputError.self) { try SweepLock(url) }
      #expect(throws: InputError.self) { try SweepLock(url, isShared: true) }
      try lock.share()
      let worker = try SweepLock(url, isShared: true)
      #expect(throws: InputError.self) { try SweepLock(url) }
      withExtendedLifetime((lock, worker)) {}
    }
    _ = try SweepLock(url)
  }

  @Test func journalsSayWhatIsLeft() throws {
    let fixture = try SweepFixture()
    let (one, two) = (try fixture.folder.journal("a"), try fixture.folder.journal("b"))
    try one.append(fixture.record(0))
    try one.append(fixture.record(1, .failed))
    try two.append(fixture.record(2, .failed))
    try two.append(fixture.record(2, .unconverged, attempt: 2))
    try two.append(fixture.record(3, .failed, attempt: 2))
    let progress = try fixture.folder.progress(fixture.plan.count)
    #expect(progress.states.prefix(5) == [.done, .failed, .unconverged, .failed, .open])
    #expect(progress.completed == 2 && progress.count(.open) == 8)
    #expect((0..<5).map { progress.isLeft($0, retries: 0) } == [false, false, false, false, true])
    #expect((0..<5).map { progress.isLeft($0, retries: 1) } == [false, true, false, false, true])
    try one.append(fixture.record(1, .failed, attempt: 2))
    try one.append(fixture.record(4, .failed))
    try one.append(fixture.record(3))
    #expect(try fixture.folder.progress(fixture.plan.count).failedSince(progress) == 2)
    // of another configuration
    var identities = try (0..<12).map { try fixture.resolver.task($0).identity }
    identities.swapAt(0, 11)
    #expect(try fixture.folder.progress(12, identities: identities).states[0] == .open)
  }
}
