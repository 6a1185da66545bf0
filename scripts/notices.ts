// Writes THIRD-PARTY-NOTICES.md: the licence of every package that is bundled or installed.
import { writeFileSync } from 'node:fs';
import { notices } from './third-parties.ts';

writeFileSync('THIRD-PARTY-NOTICES.md', `${await notices()}\n`);
