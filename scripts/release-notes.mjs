// Prints what the changelog says of this version: the notes of its release.
import { readFileSync } from 'node:fs';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const sections = readFileSync('CHANGELOG.md', 'utf8').split(/^(?=## )/m);
const found = sections.find((section) => /^## (?:\[Unreleased\] )?\[?(\d[\w.-]*)/.exec(section)?.[1] === version);
if (found === undefined) throw new Error(`CHANGELOG.md has no section of ${version}.`);
console.log(found.replace(/^.*\n+/, '').trim());
