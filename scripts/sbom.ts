// Prints the bill of materials of the package, as CycloneDX: what is bundled into it and installed with it, of every platform.
import { bill } from './bill.ts';
import { thirdParties } from './third-parties.ts';

console.log(JSON.stringify(bill(await thirdParties()), null, 2));
