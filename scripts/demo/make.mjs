// Makes the demo's warehouse at the path given.
import { makeWarehouse } from './warehouse.mjs';

await makeWarehouse(process.argv[2]);
