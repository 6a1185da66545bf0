import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

// Makes the pictures of the README from a real run of the demo: the terminal as an SVG, a page of `report` as a PNG. Needs `script`
// (util-linux), which gives the program a terminal, and Chromium, which shows the page.
const root = join(import.meta.dirname, '..');
const images = join(root, 'docs', 'images');
const folder = mkdtempSync(join(tmpdir(), 'destination-apollo-images-'));
// Stands for the character that begins a control sequence.
const ESC = '␛';
const program = `${join(root, 'node_modules/.bin/tsx')} ${join(root, 'connector/main.ts')}`;

/** What a command prints on a terminal of 110 columns, line by line, with its colours. */
function onTerminal(command) {
  const { stdout, status } = spawnSync('script', ['-qec', `stty cols 110; ${command}`, '/dev/null'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, TERM: 'xterm', NO_COLOR: '' },
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`${command}: exit code ${status}\n${stdout}`);
  return drawn(stdout.replaceAll('\u001b', ESC));
}

/** The lines that stay, where a program draws over some that it has written. */
function drawn(output) {
  const lines = [];
  for (const line of output.split(/\r?\n/)) {
    const [, up] = /^␛\[(\d+)A␛\[J/.exec(line) ?? [];
    if (up !== undefined) lines.length -= Number(up);
    lines.push(up === undefined ? line : line.slice(line.indexOf('J') + 1));
  }
  return lines;
}

const COLOURS = { 1: '#ffffff', 2: '#8b949e', 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341', 36: '#79c0ff' };
const [characterWidth, lineHeight, padding] = [8.4, 18, 18];

/** Lines with colours as text of an SVG. */
function svgOf(lines) {
  const width = Math.ceil(Math.max(...lines.map((line) => line.replaceAll(/␛\[\d+m/g, '').length)) * characterWidth);
  const height = lines.length * lineHeight;
  const texts = lines.map((line, i) => `<text y="${(i + 0.75) * lineHeight}">${spansOf(line)}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width + 2 * padding}" height="${height + 2 * padding}">
<title>A run of destination-apollo sync on a terminal</title>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g transform="translate(${padding} ${padding})" fill="#e6edf3" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14">
${texts.join('\n')}
</g>
</svg>
`;
}

function spansOf(line) {
  let colour;
  let column = 0;
  return line
    .split(/(␛\[\d+m)/)
    .map((part) => {
      const [, code] = /^␛\[(\d+)m$/.exec(part) ?? [];
      if (code !== undefined) {
        colour = COLOURS[code];
        return '';
      }
      if (part === '') return '';
      const at = column;
      column += part.length;
      const fill = colour === undefined ? '' : ` fill="${colour}"`;
      const length = (part.length * characterWidth).toFixed(1);
      // Other spaces would be drawn as one.
      const text = part.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll(' ', '\u00a0');
      return `<tspan x="${(at * characterWidth).toFixed(1)}" textLength="${length}"${fill}>${text}</tspan>`;
    })
    .join('');
}

/** The part of the demo that a title begins, up to the next title. */
function partOf(lines, title) {
  const from = lines.findIndex((line) => line.startsWith(`── ${title}`));
  const to = lines.findIndex((line, i) => i > from && line.startsWith('── '));
  return lines
    .slice(from + 1, to)
    .join('\n')
    .trim()
    .split('\n');
}

try {
  mkdirSync(images, { recursive: true });
  const demo = onTerminal(`${program} demo --folder demo`);
  const sync = partOf(demo, 'destination-apollo sync');
  writeFileSync(join(images, 'sync.svg'), svgOf(['$ destination-apollo sync --config sync.yaml', ...sync]));
  onTerminal(`${program} report --to report.html --config demo/sync.yaml`);
  const page = join(folder, 'report.html');
  // Whose machine made the picture is nothing to publish.
  const who = `${userInfo().username} on ${hostname()}`;
  writeFileSync(page, readFileSync(page, 'utf8').replaceAll(who, 'airflow on worker-1'));
  const shot = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--window-size=960,680'];
  const options = [...shot, `--screenshot=${join(images, 'report.png')}`, `file://${page}`];
  const { status, stderr } = spawnSync('chromium', options);
  if (status !== 0) throw new Error(`chromium: exit code ${status}\n${stderr}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
