// An Apollo to test against: docs/emulator.md says what it does and what it leaves open.
export type { AdvanceableClock } from '../emulator/calls/clock.ts';
export type { Quirks } from '../emulator/calls/quirks.ts';
export type { EmulatorOptions } from '../emulator/server/options.ts';
export type { SeedData } from '../emulator/server/seeding.ts';
export { type Emulator, startEmulator } from '../emulator/server/server.ts';
export type { Fault, RequestMatch, TroubleRule } from '../emulator/server/trouble.ts';
