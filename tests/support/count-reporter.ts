import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';

/** Ends a run with one plain line that counts what passed, failed and was skipped. */
class CountReporter implements Reporter {
  #filter: readonly string[] = [];

  onInit({ config }: Vitest): void {
    this.#filter = config.tagsFilter ?? [];
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    let left = 0;
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        if (this.#leavesOut(test)) left++;
        else count[test.result().state]++;
      }
      // A file that could not be loaded has no tests to fail, and must not count as none.
      if (module.errors().length > 0) count.failed++;
    }
    const failed = count.failed + errors.length;
    const more = this.#filter.includes('!slow') && left > 0 ? `; ${left} more are run by npm run test:slow` : '';
    console.log(`${count.passed} passed, ${failed} failed, ${count.skipped + count.pending} skipped${more}`);
  }

  /** Whether the command runs the others alone: the quick ones, or the slow ones. */
  #leavesOut({ tags }: TestCase): boolean {
    const isSlow = tags.includes('slow');
    return (this.#filter.includes('!slow') && isSlow) || (this.#filter.includes('slow') && !isSlow);
  }
}

export { CountReporter as default };
