// What any reader of such lines must do: split and parse, and keep nothing; so many times over, where that is said.
import { createReadStream } from 'node:fs';

const [file, times = '1'] = process.argv.slice(2);
for (let time = 0; time < Number(times); time++) {
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(file)) {
    const block = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = block.indexOf(10); end >= 0; end = block.indexOf(10, start)) {
      JSON.parse(block.toString('utf8', start, end));
      start = end + 1;
    }
    rest = block.subarray(start);
  }
}
