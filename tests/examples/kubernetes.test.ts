import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { EXIT_CODES, EXIT_USAGE } from '../../runtime/facts/exit-codes.ts';

interface Rule {
  readonly action: string;
  readonly onExitCodes?: {
    readonly containerName: string;
    readonly operator: 'In' | 'NotIn';
    readonly values: readonly number[];
  };
}

const path = join(import.meta.dirname, '../../examples/kubernetes/cronjob.yaml');
const job = parse(readFileSync(path, 'utf8')).spec.jobTemplate.spec;
const rules: readonly Rule[] = job.podFailurePolicy.rules;
const pod = job.template.spec;

/** What Kubernetes does about a container that ended like this: the first rule that fits. */
const actionFor = (code: number): string | undefined =>
  rules.find(({ onExitCodes }) => onExitCodes && onExitCodes.values.includes(code) === (onExitCodes.operator === 'In'))
    ?.action;

it('the policy of the CronJob gives every exit code its meaning', () => {
  const { failed, rejected, deferred } = EXIT_CODES;
  expect([failed, EXIT_USAGE, rejected, deferred, 137, 143].map(actionFor)).toEqual([
    'Count',
    'FailJob',
    'FailJob',
    'FailJob',
    'Count',
    'Count',
  ]);
});

// kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy, 2026-09
it('the policy is one that Kubernetes takes', () => {
  expect(pod.restartPolicy).toBe('Never');
  for (const { onExitCodes } of rules) {
    if (onExitCodes === undefined) continue;
    expect(pod.containers.map(({ name }: { name: string }) => name)).toContain(onExitCodes.containerName);
    expect(onExitCodes.values).toEqual([...new Set(onExitCodes.values)].sort((a, b) => a - b));
  }
});

it('requests in flight have time to end, and the container may write where it must', () => {
  const [container] = pod.containers;
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(60);
  expect(container.securityContext.readOnlyRootFilesystem).toBe(true);
  const volumes = new Set(pod.volumes.map(({ name }: { name: string }) => name));
  for (const { name } of container.volumeMounts) expect(volumes).toContain(name);
  expect(container.volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath)).toEqual(
    expect.arrayContaining(['/tmp', container.workingDir]),
  );
});
