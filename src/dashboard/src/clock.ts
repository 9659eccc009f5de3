// The operator's time: its clock may differ from the browser's, and in a demonstration run faster.

let last: { server: number; local: number } | null = null;
let rate = 1;

/** Notes the time of an answer. */
export function sync(now: string): void {
  const server = Date.parse(now);
  const local = performance.now();
  if (last && local - last.local > 500) {
    const seen = (server - last.server) / (local - last.local);
    rate = seen > 1.5 && seen < 200 ? seen : 1;
  }

  if (!last || local - last.local > 500 || server < last.server) {
    last = { server, local };
  }
}

/** The operator's time in milliseconds. */
export const now = (): number => (last ? last.server + (performance.now() - last.local) * rate : Date.now());
