// Renders an asciicast v2 as an animated SVG: node render.js CAST SVG [TITLE]
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import xterm from '@xterm/headless';

const cell = { width: 8.4, height: 16.4 }; // so that frames have no gaps
const baseline = 12;
const margin = { x: 14, top: 38, bottom: 12 };
const frameSeconds = 0.5; // changes within it are one picture
const idleSeconds = 1.5; // nothing stands still for longer
const lastSeconds = 6; // the end is read, not watched

const names = ['k', 'r', 'g', 'y', 'b', 'm', 'c', 'w'];

/** A colour's class: the palette has the eight basic ones, and grey for what is dimmed. */
function classOf(at) {
  const mode = at.getFgColorMode();
  let name = '';
  if (mode === 0x1000000 || mode === 0x2000000) {
    const colour = at.getFgColor();
    name = colour < 8 ? names[colour] : colour === 8 || colour >= 232 ? 'd' : colour < 16 ? names[colour - 8] : basicOf(rgbOf(colour));
  } else if (mode === 0x3000000) {
    const rgb = at.getFgColor();
    name = basicOf([rgb >> 16, (rgb >> 8) & 255, rgb & 255]);
  }
  return [name || (at.isDim() ? 'd' : ''), at.isBold() ? 'o' : ''].filter(Boolean).join(' ');
}

const rgbOf = index => [36, 6, 1].map(step => [0, 95, 135, 175, 215, 255][Math.floor((index - 16) / step) % 6]);

function basicOf(rgb) {
  const top = Math.max(...rgb);
  if (top - Math.min(...rgb) < 40) {
    return top > 200 ? 'w' : 'd';
  }
  return names[rgb.reduce((bits, value, index) => bits | (value > top / 2 ? 1 << index : 0), 0)];
}

const escape = text => text.replace(/[&<>]/g, char => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char]);

/** The markup of one line, or '' for a blank one. */
function lineOf(line) {
  const runs = [];
  for (let column = 0; column < line.length; column++) {
    const at = line.getCell(column);
    const [text, look] = [at.getChars() || ' ', classOf(at)];
    const last = runs.at(-1);
    if (last && (last.look === look || text === ' ')) {
      last.text += text;
    } else {
      runs.push({ text, look });
    }
  }
  const whole = runs.map(run => run.text).join('').trimEnd();
  let left = whole.length;
  const spans = runs.map(({ text, look }) => {
    const shown = text.slice(0, Math.max(0, left));
    left -= text.length;
    return shown && (look ? `<tspan class="${look}">${escape(shown)}</tspan>` : escape(shown));
  });
  // The length keeps columns aligned in whatever font the reader has.
  return whole && `<text textLength="${(whole.length * cell.width).toFixed(1)}" lengthAdjust="spacingAndGlyphs">${spans.join('')}</text>`;
}

/** What the terminal shows over the time: [{at, lines}], each picture different from the one before. */
export async function pictures(cast) {
  const [header, ...events] = cast.trim().split('\n').map(line => JSON.parse(line));
  const terminal = new xterm.Terminal({ cols: header.width, rows: header.height, allowProposedApi: true, scrollback: 0 });
  const found = [];
  let [clock, before] = [0, 0];
  const take = at => {
    const lines = Array.from({ length: header.height }, (_, row) => lineOf(terminal.buffer.active.getLine(terminal.buffer.active.viewportY + row)));
    if (lines.join('\n') !== found.at(-1)?.lines.join('\n')) {
      found.push({ at, lines });
    }
  };
  for (const [index, [at, kind, data]] of events.entries()) {
    if (kind !== 'o') {
      continue;
    }
    clock += Math.min(at - before, idleSeconds);
    before = at;
    await new Promise(done => terminal.write(data, done));
    const next = events[index + 1]?.[0] ?? Infinity;
    if (next - at > 0.02 && clock - (found.at(-1)?.at ?? -1) >= frameSeconds) { // between two writes of one picture it is half drawn
      take(clock);
    }
  }
  take(clock);
  // What cannot move shows the first picture, so that one has something on it.
  const first = Math.max(0, found.findIndex(({ lines }) => lines.filter(Boolean).length > 5));
  const start = found[first].at;
  const frames = found.slice(first).map(({ at, lines }) => ({ at: at - start, lines }));
  return { width: header.width, frames, seconds: clock - start + lastSeconds };
}

export function svg({ width, frames, seconds }, title) {
  const used = frames.reduce((most, { lines }) => Math.max(most, lines.findLastIndex(Boolean) + 1), 0);
  const [wide, high] = [Math.ceil(width * cell.width + 2 * margin.x), Math.ceil(margin.top + used * cell.height + margin.bottom)];
  const ids = new Map();
  const idOf = line => ids.get(line) ?? ids.set(line, `l${ids.size}`).get(line);
  const strips = frames.map(({ lines }, index) => {
    const rows = lines.flatMap((line, row) => (line ? `<use href="#${idOf(line)}" y="${+(row * cell.height + baseline).toFixed(1)}"/>` : []));
    return `<g transform="translate(${index * wide} 0)">${rows.join('')}</g>`;
  });
  const steps = frames.map(({ at }, index) => `${(100 * (index === 0 ? 0 : at) / seconds).toFixed(3)}%{transform:translateX(${-index * wide}px)}`);
  const definitions = [...ids].map(([line, id]) => line.replace('<text', `<text id="${id}"`));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${high}" width="${wide}" height="${high}" role="img" aria-labelledby="t">
<title id="t">${escape(title)}</title>
<style>
svg{--back:#10161d;--edge:#2b3642;--text:#d5dde5;--d:#8593a1;--r:#ff8a80;--g:#7ee08a;--y:#f2cc60;--b:#79b8ff;--m:#d2a8ff;--c:#5fd7e0}
@media (prefers-color-scheme:light){svg{--back:#fbfcfd;--edge:#ccd5de;--text:#1d2733;--d:#5d6b79;--r:#b42318;--g:#14702b;--y:#8a5a00;--b:#0b5cad;--m:#7a3fb0;--c:#006c7a}}
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:var(--text);white-space:pre}
.d,.k{fill:var(--d)}.r{fill:var(--r)}.g{fill:var(--g)}.y{fill:var(--y)}.b{fill:var(--b)}.m{fill:var(--m)}.c{fill:var(--c)}.o{font-weight:bold}
.strip{animation:play ${seconds.toFixed(2)}s steps(1,end) infinite}
@keyframes play{${steps.join('')}}
</style>
<defs>${definitions.join('\n')}</defs>
<rect x=".5" y=".5" width="${wide - 1}" height="${high - 1}" rx="8" fill="var(--back)" stroke="var(--edge)"/>
<g fill="var(--edge)"><circle cx="20" cy="17" r="5.5"/><circle cx="38" cy="17" r="5.5"/><circle cx="56" cy="17" r="5.5"/></g>
<text x="${wide / 2}" y="22" text-anchor="middle" class="d">${escape(title)}</text>
<svg x="${margin.x}" y="${margin.top}" width="${wide - 2 * margin.x}" height="${high - margin.top}" overflow="hidden"><g class="strip">
${strips.join('\n')}
</g></svg>
</svg>
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [cast, target, title = 'Recording of a terminal'] = process.argv.slice(2);
  writeFileSync(target, svg(await pictures(readFileSync(cast, 'utf8')), title));
}
