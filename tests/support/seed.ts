import fc from 'fast-check';

// The same cases in every run, so that a change is never red for what it has not touched; `FC_SEED` draws others.
fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 20_261_122) });
