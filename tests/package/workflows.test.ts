import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '..', '..');
const folder = join(root, '.github/workflows');

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly permissions?: object;
  readonly 'timeout-minutes'?: number;
  readonly strategy?: { readonly matrix: { readonly node?: readonly string[] } };
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

const workflows = readdirSync(folder).map(
  (name) => [name, parse(readFileSync(join(folder, name), 'utf8')) as Workflow] as const,
);
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps);

describe.each(workflows)('%s', (_, workflow) => {
  test('may do nothing but what each job asks for, and ends', () => {
    expect(workflow.permissions).toEqual({});
    for (const job of Object.values(workflow.jobs)) {
      expect(job.permissions).toBeDefined();
      expect(job['timeout-minutes']).toBeGreaterThan(0);
    }
  });

  test('calls only actions of a fixed commit, and leaves no token in the checkout', () => {
    for (const { uses, with: inputs } of stepsOf(workflow)) {
      if (uses === undefined) continue;
      expect(uses).toMatch(/^[\w-]+\/[\w/-]+@[0-9a-f]{40}$/);
      if (uses.startsWith('actions/checkout@')) expect(inputs?.['persist-credentials']).toBe(false);
    }
  });

  test('calls only scripts that there are', () => {
    const lines = stepsOf(workflow).flatMap(({ run }) => run?.split('\n') ?? []);
    const called = lines.flatMap((line) => [...line.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name]) => name!));
    expect(called.filter((name) => !Object.hasOwn(manifest.scripts, name))).toEqual([]);
    const files = lines.flatMap((line) =>
      [...line.matchAll(/\b(?:bash|node|tsx) ([\w./-]+)/g)].map(([, path]) => path!),
    );
    expect(files.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

test('`check` runs the gate on the oldest Node that is promised', () => {
  const { jobs } = workflows.find(([name]) => name === 'check.yml')![1];
  const [oldest] = jobs['linux']!.strategy!.matrix.node!;
  expect(manifest.engines.node).toBe(`>=${oldest}`);
  expect(jobs['linux']!.steps.at(-1)!.run).toBe('bash .ci/run');
});

test('the notes of a release are the section of its version', () => {
  const { stdout, status } = spawnSync(process.execPath, ['scripts/release-notes.mjs'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  expect(changelog).toContain(stdout.trim());
  expect(stdout).toMatch(/^### /);
  expect(stdout).not.toMatch(/^## /m);
});
