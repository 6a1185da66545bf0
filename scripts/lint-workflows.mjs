// Holds .github/ to actionlint and zizmor: `npm run lint:workflows`. What is not on the PATH is fetched once, with Go and with Python.
// Exit code 77: one of them cannot be had here; the other one has been run.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ACTIONLINT = '1.7.12';
const ZIZMOR = '1.32.0';

const cache = resolve('node_modules/.cache/lint-workflows');
const run = (command, args, options = {}) => spawnSync(command, args, { stdio: 'inherit', ...options }).status === 0;
const isOnPath = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

/** Where a tool is, after it was fetched if need be; undefined where it cannot be. */
function tool(name, path, fetch) {
  if (isOnPath(name)) return name;
  if (existsSync(path)) return path;
  mkdirSync(cache, { recursive: true });
  return fetch() && existsSync(path) ? path : undefined;
}

const actionlint = tool('actionlint', join(cache, 'actionlint'), () =>
  run('go', ['install', `github.com/rhysd/actionlint/cmd/actionlint@v${ACTIONLINT}`], {
    env: { ...process.env, GOBIN: cache },
    stdio: 'ignore',
  }),
);
const environment = join(cache, `zizmor-${ZIZMOR}`);
const zizmor = tool('zizmor', join(environment, 'bin/zizmor'), () => {
  const pip = join(environment, 'bin/pip');
  return (
    run('python3', ['-m', 'venv', environment], { stdio: 'ignore' }) &&
    run(pip, ['install', '--quiet', `zizmor==${ZIZMOR}`])
  );
});

const lints = {
  actionlint: () => run(actionlint, []),
  zizmor: () => run(zizmor, ['--offline', '--no-progress', '--quiet', '.github']),
};
const found = { actionlint, zizmor };
for (const [name, lint] of Object.entries(lints)) {
  if (found[name] === undefined) {
    console.log(`NOT RUN: ${name} cannot be had here.`);
    process.exitCode ??= 77;
  } else if (lint()) console.log(`ok    ${name}`);
  else process.exitCode = 1;
}
