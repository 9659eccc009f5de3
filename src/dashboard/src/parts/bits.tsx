import type { ComponentChildren } from 'preact';
import type { Connection } from '../live';
import type { State, StateCounts } from '../api';
import { count } from '../format';

// Those that count as runners: a stopped machine is none yet.
export const States: { state: Exclude<State, 'standby' | 'ended'>; label: string }[] = [
  { state: 'busy', label: 'Busy' },
  { state: 'leased', label: 'Held' },
  { state: 'idle', label: 'Idle' },
  { state: 'booting', label: 'Booting' },
  { state: 'waiting', label: 'Waiting' },
  { state: 'draining', label: 'Draining' },
  { state: 'offline', label: 'Offline' },
];

export const labelOf = (state: State): string => (state === 'ended' ? 'Ended' : state === 'standby' ? 'Standby' : States.find(known => known.state === state)?.label ?? state);

/** A state, by colour and word. */
export const StatePill = ({ state }: { state: State }) => <span class={`pill s-${state}`}><i aria-hidden="true" />{labelOf(state)}</span>;

/** Runners by state as one bar; with a capacity, the rest is empty. */
export function StateBar({ counts, capacity, label }: { counts: StateCounts; capacity?: number; label: string }) {
  const whole = Math.max(counts.total, capacity ?? 0, 1);
  const parts = States.filter(({ state }) => counts[state] > 0);
  const text = parts.map(({ state, label: name }) => `${counts[state]} ${name.toLowerCase()}`).join(', ') || 'none';
  return (
    <div class="bar" role="img" aria-label={`${label}: ${text}`}>
      {parts.map(({ state }) => <span key={state} class={`b-${state}`} style={{ width: `${(100 * counts[state]) / whole}%` }} />)}
    </div>
  );
}

/** Numbers by state, those that are not zero. */
export function StateLegend({ counts, figure }: { counts: StateCounts; figure: string }) {
  const parts = States.filter(({ state }) => counts[state] > 0);
  return (
    <ul class="legend">
      {parts.map(({ state, label }) => (
        <li key={state}><i class={`b-${state}`} aria-hidden="true" /><b data-figure={`${figure}.${state}`}>{count(counts[state])}</b> {label.toLowerCase()}</li>
      ))}
      {parts.length === 0 && <li>none</li>}
    </ul>
  );
}

export function ConnectionDot({ connection }: { connection: Connection }) {
  const text = { connecting: 'Connecting', live: 'Live', lost: 'Reconnecting', refused: 'Signed out' }[connection];
  return <span class={`connection c-${connection}`} role="status"><i aria-hidden="true" />{text}</span>;
}

export const Panel = ({ title, aside, children, id }: { title: string; aside?: ComponentChildren; children: ComponentChildren; id: string }) => (
  <section class="panel" aria-labelledby={id}>
    <header><h2 id={id}>{title}</h2>{aside}</header>
    {children}
  </section>
);

export const Empty = ({ children }: { children: ComponentChildren }) => <p class="empty">{children}</p>;

export const Problem = ({ text }: { text: string | null }) => (text ? <p class="problem" role="alert">{text}</p> : null);

/** Pages of a long list. */
export function Pager({ offset, shown, total, size, what, go }: { offset: number; shown: number; total: number; size: number; what: string; go: (offset: number) => void }) {
  return (
    <nav class="pager" aria-label={`Pages of ${what}`}>
      <span>{total === 0 ? `No ${what}` : `${count(offset + 1)}–${count(offset + shown)} of `}{total > 0 && <b data-figure="page.total">{count(total)}</b>}</span>
      {total > size && <>
        <button type="button" disabled={offset === 0} onClick={() => go(Math.max(0, offset - size))}>Previous</button>
        <button type="button" disabled={offset + size >= total} onClick={() => go(offset + size)}>Next</button>
      </>}
    </nav>
  );
}
