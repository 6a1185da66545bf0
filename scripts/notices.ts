// Writes THIRD-PARTY-NOTICES.md: the licence of every package that is bundled or installed.
import { writeFileSync } from 'node:fs';
import { notices, thirdParties } from './third-parties.ts';

writeFileSync('THIRD-PARTY-NOTICES.md', `${notices(await thirdParties())}\n`);
