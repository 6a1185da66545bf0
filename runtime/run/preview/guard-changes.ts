import type { RunConfig, StreamConfig } from '../../contract/destination.ts';
import { ConfigFailure } from '../../contract/failure.ts';
import type { Provisioned } from '../provisioning.ts';
import { breachText } from './guards.ts';
import { type Preview, type PreviewAround, previewOf } from './preview.ts';

/** A run that a guard has stopped, with the preview that says why. */
export class GuardFailure extends ConfigFailure {
  override readonly name = 'GuardFailure';
  readonly preview: Preview;

  constructor(preview: Preview) {
    const broken = preview.guards.map(breachText).join('\n');
    super(`${broken}\nNothing was sent. Look at the preview; raise the guard if this is what you want.`, {
      code: 'guard_exceeded',
    });
    this.preview = preview;
  }
}

/**
 * Throws GuardFailure where a guard forbids what the run would do. Without guards nothing is looked at, unless the run makes
 * something at the destination: what its rows would stop it for comes first.
 */
export async function guardChanges<C extends RunConfig, S extends StreamConfig & C['streams'][number]>(
  { streams, makes }: Provisioned<S>,
  around: Omit<PreviewAround<C>, 'show'>,
): Promise<void> {
  const guards = Object.values(around.session.config.guards ?? {}).filter((limit) => limit !== undefined);
  if (guards.length === 0 && makes.length === 0) return;
  const preview = await previewOf(streams, { ...around, show: 0 });
  if (preview.guards.length > 0) throw new GuardFailure(preview);
}
