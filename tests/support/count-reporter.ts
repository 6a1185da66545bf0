import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with one plain line that counts what passed, failed and was skipped. */
class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state]++;
      // A file that could not be loaded has no tests to fail, and must not count as none.
      if (module.errors().length > 0) count.failed++;
    }
    const failed = count.failed + errors.length;
    console.log(`${count.passed} passed, ${failed} failed, ${count.skipped + count.pending} skipped`);
  }
}

export { CountReporter as default };
