import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { ThirdParty } from './third-parties.ts';

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly scope?: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
  readonly licenses?: readonly unknown[];
  readonly hashes?: readonly unknown[];
}

/** A bill of materials in the form of CycloneDX. */
export interface Bill {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const DEVELOPMENT = 'cdx:npm:package:development';

/** npm's bill of the lock file without the tools: what is bundled is no dependency for npm, but it is in the package. */
export function bill(parties: readonly ThirdParty[]): Bill {
  const printed = execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'], {
    cwd: join(import.meta.dirname, '..'),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
    maxBuffer: 100_000_000,
  });
  const all = JSON.parse(printed) as Bill;
  const bundled = new Set(parties.map(({ name, version }) => `${name}@${version}`));
  const isTool = ({ properties = [] }: Component): boolean => properties.some(({ name }) => name === DEVELOPMENT);
  const components = all.components
    .filter((component) => bundled.has(component['bom-ref']) || !isTool(component))
    .map(({ properties = [], ...component }) => ({
      ...component,
      ...(bundled.has(component['bom-ref']) && { scope: 'required' }),
      properties: properties.filter(({ name }) => name !== DEVELOPMENT),
    }));
  const kept = new Set([all.metadata.component['bom-ref'], ...components.map((component) => component['bom-ref'])]);
  const dependencies = all.dependencies
    .filter(({ ref }) => kept.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) }));
  return { ...all, components, dependencies };
}
