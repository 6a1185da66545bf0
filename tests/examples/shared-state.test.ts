import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { apollo } from '../../connector/apollo.ts';
import { parseArguments } from '../../runtime/cli/arguments.ts';
import { interpolate } from '../../runtime/config/config-file.ts';

const textOf = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../examples/shared-state', name), 'utf8');
const yaml = (name: string) => parse(textOf(name), { merge: true });
const program = { name: 'destination-apollo', version: '0', summary: '', environment: {} };

const environment = { APOLLO_API_KEY: 'key', STATE_PASSWORD: 'a', WAREHOUSE_PASSWORD: 'b' };
const { config } = apollo.configure(
  interpolate(yaml('sync.yaml'), environment, () => undefined),
  'sync',
  environment,
);
const names = config.streams.map(({ name }) => name);

/** The streams that a command line asks for. Throws where the program does not take it. */
function streamsAsked(words: readonly string[]): unknown {
  const parsed = parseArguments(words, program);
  if (parsed.type !== 'command') throw new Error(`${words.join(' ')}: ${JSON.stringify(parsed)}`);
  expect(parsed.command.name).toBe('sync');
  return (parsed.asked as { readonly stream?: readonly string[] }).stream;
}

test('each of eight streams of one team has a CronJob, whose command line the program takes', () => {
  const jobs: readonly { readonly spec: { readonly jobTemplate: { readonly spec: Job } } }[] =
    yaml('cronjobs.yaml').items;
  const specs = jobs.map(({ spec }) => spec.jobTemplate.spec);
  expect(specs.map(({ template }) => streamsAsked(template.spec.containers[0]!.args))).toEqual(
    names.map((name) => [name]),
  );
  expect(config.state?.type).toBe('postgres');
  for (const { podFailurePolicy, template } of specs) {
    expect(podFailurePolicy.rules[0]).toMatchObject({ onExitCodes: { values: [2, 3, 75] } });
    const [container] = template.spec.containers;
    expect([container!.name, template.spec.restartPolicy]).toEqual(['sync', 'Never']);
    expect(container!.volumeMounts.map(({ name }) => name)).toEqual(template.spec.volumes.map(({ name }) => name));
  }
});

interface Job {
  readonly podFailurePolicy: { readonly rules: readonly unknown[] };
  readonly template: {
    readonly spec: {
      readonly restartPolicy: string;
      readonly volumes: readonly { readonly name: string }[];
      readonly containers: readonly {
        readonly name: string;
        readonly args: readonly string[];
        readonly volumeMounts: readonly { readonly name: string }[];
      }[];
    };
  };
}

test('workers, a workflow and partitions are about the same streams', () => {
  const [worker] = yaml('workers.yaml').spec.jobTemplate.spec.template.spec.containers;
  expect(streamsAsked(worker.args)).toEqual(['auto']);
  const { strategy, steps } = yaml('github-actions.yaml').jobs.sync;
  expect(strategy.matrix.stream).toEqual(names);
  const [, line] = /^destination-apollo (.*?) \|\| \[ \$\? -eq 75 \]$/.exec(steps.at(-1).run)!;
  expect(streamsAsked(line!.split(' '))).toEqual(['"$STREAM"']);
  const python = textOf('partitions.py');
  const found = (where: RegExp): readonly string[] => JSON.parse(`[${where.exec(python)![1]}]`);
  expect(found(/^STREAMS = \[(.*)\]$/m)).toEqual(names);
  const words = /return \["destination-apollo", (.*)\]$/m.exec(python)![1]!;
  const named = words.replace('CONFIG', '"sync.yaml"').replace(' stream,', ' "leads",');
  expect(streamsAsked(JSON.parse(`[${named}]`))).toEqual(['leads']);
});
