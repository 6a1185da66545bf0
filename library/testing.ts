// What a destination is tested with.
export { type Conformance, type ConformanceCheck, conformance, type Place } from './testing/conformance.ts';
export { MemoryStateStore } from './testing/memory-state-store.ts';
export { VirtualClock } from './testing/virtual-clock.ts';
