import { useEffect, useState } from 'preact/hooks';
import type { JobsPage, Overview, RunnersPage } from '../api';
import { useAnswer } from '../live';
import { type Route, setQuery } from '../route';
import { Empty, Pager, Panel, Problem, States } from '../parts/bits';
import { JobTable } from '../parts/jobs';
import { Timeline, Windows } from '../parts/timeline';

const Size = 50;

/** A text field whose value follows the viewer's typing after a moment. */
function Search({ value, change, label }: { value: string; change: (value: string) => void; label: string }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    const timer = setTimeout(() => text !== value && change(text), 250);
    return () => clearTimeout(timer);
  }, [text]);
  return <label class="search"><span class="hidden">{label}</span><input type="search" maxLength={100} placeholder={label} value={text} onInput={event => setText(event.currentTarget.value)} /></label>;
}

const poolsOf = (overview: Overview) => overview.pools.map(pool => `${pool.namespace}/${pool.name}`).sort();

function Filters({ route, overview, states, children }: { route: Route; overview: Overview; states: { value: string; label: string }[]; children?: preact.ComponentChildren }) {
  const of = (name: string) => route.query.get(name) ?? '';
  const change = (changes: Record<string, string>) => setQuery(route, { ...changes, offset: undefined });
  return (
    <form class="filters" onSubmit={event => event.preventDefault()}>
      <Search label="Search by name, machine, zone, repository" value={of('q')} change={q => change({ q })} />
      <label><span class="hidden">Pool</span>
        <select value={of('pool')} onChange={event => change({ pool: event.currentTarget.value })}>
          <option value="">All pools</option>{poolsOf(overview).map(name => <option key={name} value={name}>{name}</option>)}
        </select>
      </label>
      <label><span class="hidden">State</span>
        <select value={of('state')} onChange={event => change({ state: event.currentTarget.value })}>
          <option value="">All states</option>{states.map(state => <option key={state.value} value={state.value}>{state.label}</option>)}
        </select>
      </label>
      {children}
    </form>
  );
}

function pathOf(what: string, route: Route): string {
  const [namespace, pool] = (route.query.get('pool') ?? '').split('/');
  const query = new URLSearchParams({ limit: String(Size), offset: route.query.get('offset') ?? '0' });
  for (const [name, value] of Object.entries({ namespace, pool, state: route.query.get('state'), q: route.query.get('q') })) {
    if (value) {
      query.set(name, value);
    }
  }

  return `${what}?${query}`;
}

/** How much time a time line shows, as the viewer chose. */
export function WindowChoice({ minutes, change }: { minutes: number; change: (minutes: number) => void }) {
  return (
    <fieldset class="choice">
      <legend class="hidden">Time shown</legend>
      {Windows.map(one => (
        <label key={one.minutes} class={one.minutes === minutes ? 'chosen' : ''}><input type="radio" name="window" checked={one.minutes === minutes} onChange={() => change(one.minutes)} />{one.label}</label>
      ))}
    </fieldset>
  );
}

export function RunnersView({ route, overview }: { route: Route; overview: Overview }) {
  const { answer, problem } = useAnswer<RunnersPage>(pathOf('runners', route), overview);
  const minutes = Number(route.query.get('minutes') ?? 60) || 60;
  return (
    <>
      <h1 tabIndex={-1}>Runners</h1>
      <Filters route={route} overview={overview} states={[...States.map(({ state, label }) => ({ value: state, label })), { value: 'ended', label: 'Ended' }]}>
        <WindowChoice minutes={minutes} change={value => setQuery(route, { minutes: String(value) })} />
      </Filters>
      <Problem text={problem} />
      {answer && (
        <Panel title="Time line" id="timeline" aside={<Legend />}>
          {answer.runners.length === 0 ? <Empty>No runner matches.</Empty> : <Timeline runners={answer.runners} minutes={minutes} withPool={!route.query.get('pool')} />}
          <Pager offset={answer.offset} shown={answer.runners.length} total={answer.total} size={Size} what="runners" go={offset => setQuery(route, { offset: offset > 0 ? String(offset) : undefined })} />
        </Panel>
      )}
    </>
  );
}

export const Legend = () => (
  <ul class="legend" aria-hidden="true">{States.filter(({ state }) => state !== 'leased' && state !== 'offline').map(({ state, label }) => <li key={state}><i class={`b-${state}`} />{label}</li>)}</ul>
);

export function JobsView({ route, overview }: { route: Route; overview: Overview }) {
  const { answer, problem } = useAnswer<JobsPage>(pathOf('jobs', route), overview);
  const waiting = overview.pools.filter(pool => (pool.waitingJobs ?? 0) > 0);
  return (
    <>
      <h1 tabIndex={-1}>Jobs</h1>
      <Filters route={route} overview={overview} states={[{ value: 'running', label: 'Running' }, { value: 'waiting', label: 'Waiting' }, { value: 'ended', label: 'Ended' }]} />
      <Problem text={problem} />
      {waiting.length > 0 && (
        <Panel title="Why jobs wait" id="waiting">
          <ul class="waiting">
            {waiting.map(pool => (
              <li key={`${pool.namespace}/${pool.name}`}>
                <b>{pool.waitingJobs}</b> in <a href={`#/runnerpools/${pool.namespace}/${pool.name}`}>{pool.namespace}/{pool.name}</a>
                {pool.waits.map(wait => <p key={wait.reason} class={wait.isProblem ? 'warning' : ''}><b>{wait.reason}</b> {wait.message}</p>)}
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {answer && (
        <Panel title="Running, waiting, ended" id="jobs">
          <JobTable jobs={answer.jobs} />
          <Pager offset={answer.offset} shown={answer.jobs.length} total={answer.total} size={Size} what="jobs" go={offset => setQuery(route, { offset: offset > 0 ? String(offset) : undefined })} />
        </Panel>
      )}
    </>
  );
}
