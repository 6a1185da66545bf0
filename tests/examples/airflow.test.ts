import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const example = join(import.meta.dirname, '..', '..', 'examples', 'airflow', 'apollo_sync.py');
const python = ['python3', 'python'].find((name) => spawnSync(name, ['-V'], { stdio: 'ignore' }).status === 0);

// What the example imports of Airflow, as far as it decides how the task's function is called.
const stubs = {
  'airflow/__init__.py': '',
  'airflow/exceptions.py': 'class AirflowException(Exception): pass\n',
  'airflow/sdk/__init__.py': `
tasks = {}
def dag(**_): return lambda function: function
def task(function=None, **_):
    def keep(function):
        tasks[function.__name__] = function
        return lambda *_: None
    return keep if function is None else keep(function)
`,
  'airflow/sdk/exceptions.py': 'class AirflowRescheduleException(Exception): pass\n',
};

/** Runs the task as a worker does, and lets it time out when the program has begun. */
const worker = `
import runpy, signal
class TaskTimeout(BaseException): pass
def time_out(*_): raise TaskTimeout
signal.signal(signal.SIGUSR1, time_out)
runpy.run_path(${JSON.stringify(example)})
from airflow.sdk import tasks
try: tasks['sync']()
except TaskTimeout: print('timed out:', open('said').read().strip())
`;

test.runIf(python !== undefined)('a task that times out sends SIGTERM and waits until the program has ended', () => {
  const folder = mkdtempSync(join(tmpdir(), 'airflow-'));
  for (const name of ['airflow', 'airflow/sdk']) mkdirSync(join(folder, name));
  for (const [name, text] of Object.entries(stubs)) writeFileSync(join(folder, name), text);
  // Says that it was stopped only after a while, and only to who waits. The task times out a moment after it has started it.
  const program = [
    "trap 'sleep 0.3; echo stopped in order > said; exit 143' TERM",
    'sleep 1; kill -USR1 $PPID',
    'for second in $(seq 60); do sleep 1; done',
  ].join('\n');
  writeFileSync(join(folder, 'program'), program);
  const { stdout, stderr } = spawnSync(python!, ['-c', worker], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, PYTHONPATH: folder, DESTINATION_APOLLO: 'sh program' },
  });
  expect({ stdout, stderr }).toEqual({ stdout: 'timed out: stopped in order\n', stderr: '' });
  expect(readFileSync(join(folder, 'said'), 'utf8')).toBe('stopped in order\n');
  rmSync(folder, { recursive: true });
});
