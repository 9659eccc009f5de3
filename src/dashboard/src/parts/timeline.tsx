import { useRef } from 'preact/hooks';
import type { Runner } from '../api';
import { now } from '../clock';
import { dollars, duration, time } from '../format';
import { useTick } from '../live';
import { poolLink, runnerLink } from '../route';
import { labelOf, StatePill } from './bits';

export const Windows: { minutes: number; label: string }[] = [
  { minutes: 15, label: '15 min' },
  { minutes: 60, label: '1 hour' },
  { minutes: 360, label: '6 hours' },
];

const Steps = [1, 2, 5, 10, 15, 30, 60, 120];

/** Runners, each with what it has done in the last minutes. */
export function Timeline({ runners, minutes, withPool }: { runners: Runner[]; minutes: number; withPool: boolean }) {
  useTick();
  const end = now();
  const begin = end - minutes * 60_000;
  const at = (moment: number) => (100 * (moment - begin)) / (end - begin);
  const step = Steps.find(one => minutes / one <= 6) ?? 240;
  const first = Math.ceil(begin / (step * 60_000)) * step * 60_000;
  const ticks = Array.from({ length: Math.max(0, Math.floor((end - first) / (step * 60_000)) + 1) }, (_, index) => first + index * step * 60_000);
  const table = useRef<HTMLTableElement>(null);
  return (
    <table class="timeline" ref={table}>
      <caption class="hidden">Runners and what they have done in the last {minutes} minutes</caption>
      <thead>
        <tr>
          <th scope="col">Runner</th>
          <th scope="col">State</th>
          <th scope="col" class="track-head">
            <span class="hidden">Time line</span>
            <div class="axis" aria-hidden="true">
              {ticks.filter(tick => at(tick) > 3 && at(tick) < 97).map(tick => <span key={tick} style={{ left: `${at(tick)}%` }}>{new Date(tick).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}</span>)}
            </div>
          </th>
          <th scope="col" class="medium">Machine</th>
          <th scope="col" class="wide number">$/h</th>
        </tr>
      </thead>
      <tbody>
        {runners.map(runner => (
          <tr key={`${runner.namespace}/${runner.name}/${runner.createdAt ?? ''}/${runner.endedAt ?? ''}`}>
            <th scope="row">
              <a href={runnerLink(runner.namespace, runner.name)}>{runner.name}</a>
              {withPool && <a class="sub" href={poolLink(runner.namespace, runner.pool)}>{runner.namespace}/{runner.pool}</a>}
            </th>
            <td class="state-cell"><StatePill state={runner.state} />{runner.interruption && <span class="tag warn">spot notice</span>}</td>
            <td class="track-cell"><Track runner={runner} begin={begin} end={end} at={at} ticks={ticks} /></td>
            <td class="medium machine">{runner.type ? <>{runner.type}<span class="sub">{runner.zone} · {runner.usageClass}</span></> : <span class="muted">–</span>}</td>
            <td class="wide number">{runner.perHour === undefined ? '–' : dollars(runner.perHour)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Track({ runner, begin, end, at, ticks }: { runner: Runner; begin: number; end: number; at: (moment: number) => number; ticks: number[] }) {
  const spans = [...runner.previous.map(span => ({ ...span, isPast: true })), ...runner.spans.map(span => ({ ...span, isPast: !!runner.endedAt }))]
    .map(span => ({ ...span, start: Date.parse(span.from), stop: span.to ? Date.parse(span.to) : end }));
  const shown = spans.filter(span => span.stop > begin && span.start < end);
  return (
    <div class="track">
      {ticks.map(tick => <i key={tick} class="tick" style={{ left: `${at(tick)}%` }} aria-hidden="true" />)}
      {shown.map((span, index) => {
        const left = Math.max(0, at(span.start));
        const text = `${labelOf(span.state)} ${duration(span.stop - span.start)}`;
        return (
          <span key={index} class={`b-${span.state}${span.isPast ? ' past' : ''}`} aria-hidden="true" style={{ left: `${left}%`, width: `${Math.max(0.35, Math.min(100, at(span.stop)) - left)}%` }}
            title={`${text}, from ${time(span.from, end)}`} />
        );
      })}
      <span class="hidden">{shown.filter(span => !span.isPast || runner.endedAt).map(span => `${labelOf(span.state)} ${duration(span.stop - span.start)}`).join(', ') || 'nothing yet'}</span>
    </div>
  );
}
