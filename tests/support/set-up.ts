import fc from 'fast-check';
import { afterEach } from 'vitest';
import { closeEmulators } from './emulator.ts';

// What each test file begins with. Files share a process and its modules (`isolate: false`), so a hook at the top of a support file
// would hold for the first file alone that imports it.

// The same cases in every run, so that a change is never red for what it has not touched; `FC_SEED` draws others.
fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 20_261_122) });

afterEach(closeEmulators);
