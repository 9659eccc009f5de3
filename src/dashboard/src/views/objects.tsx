import { useState } from 'preact/hooks';
import { type Condition, type Overview, pathOf, type PoolDetails, type Runner, type RunnersPage } from '../api';
import { now } from '../clock';
import { dollars, duration, time } from '../format';
import { useAnswer, useTick } from '../live';
import { link, poolLink } from '../route';
import { Empty, Pager, Panel, Problem, StatePill } from '../parts/bits';
import { Events } from '../parts/events';
import { JobTable } from '../parts/jobs';
import { Pools, Ready } from '../parts/pools';
import { Timeline } from '../parts/timeline';
import { Legend, WindowChoice } from './runners';

const Size = 25;

function Conditions({ conditions }: { conditions: Condition[] }) {
  const at = now();
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label="Conditions">
      <table>
        <thead><tr><th scope="col">Condition</th><th scope="col">Status</th><th scope="col">Reason</th><th scope="col" class="medium">Since</th></tr></thead>
        <tbody>{conditions.map(condition => (
          <tr key={condition.type} class={condition.status === 'False' ? 'false' : ''}>
            <th scope="row">{condition.type}</th><td>{condition.status}</td>
            <td><b>{condition.reason}</b><span class="sub">{condition.message}</span></td>
            <td class="medium nowrap">{condition.since ? time(condition.since, at) : '–'}</td>
          </tr>
        ))}</tbody>
      </table>
    </div>
  );
}

const Kubectl = ({ text }: { text: string }) => <p class="kubectl"><code>{text}</code></p>;

export function PoolView({ namespace, name, overview }: { namespace: string; name: string; overview: Overview }) {
  const { answer, problem } = useAnswer<PoolDetails>(pathOf('runnerpools', namespace, name), overview);
  const [offset, setOffset] = useState(0);
  const [minutes, setMinutes] = useState(60);
  const runners = useAnswer<RunnersPage>(`runners?${new URLSearchParams({ namespace, pool: name, offset: String(offset), limit: String(Size) })}`, overview).answer;
  const at = now();
  return (
    <>
      <p class="crumbs"><a href={link('')}>Pools</a> / {namespace} /</p>
      <div class="title"><h1 tabIndex={-1}>{name}</h1>{answer && <Ready pool={answer.pool} />}</div>
      <Kubectl text={`kubectl describe -n ${namespace} runnerpool ${name}`} />
      <Problem text={problem} />
      {answer && (
        <>
          {answer.pool.message && answer.pool.ready !== 'True' && <p class="problem">{answer.pool.message}</p>}
          <Panel title="Now" id="now"><Pools pools={[answer.pool]} more={0} isBare /></Panel>
          <Panel title="Runners" id="runners" aside={<WindowChoice minutes={minutes} change={setMinutes} />}>
            {runners && runners.runners.length > 0 ? <><Legend /><Timeline runners={runners.runners} minutes={minutes} withPool={false} /></> : <Empty>This pool has no runners.</Empty>}
            {runners && <Pager offset={offset} shown={runners.runners.length} total={runners.total} size={Size} what="runners" go={setOffset} />}
          </Panel>
          <div class="columns">
            <Panel title="Conditions" id="conditions"><Conditions conditions={answer.conditions} /></Panel>
            <Panel title="Events" id="events"><Events events={answer.events.slice(0, 15)} /></Panel>
          </div>
          <Panel title="Settings" id="settings">
            <dl class="facts">
              <div><dt>GitHub</dt><dd>{answer.pool.url}</dd></div>
              <div><dt>Labels</dt><dd>{answer.pool.labels.map(label => <span class="tag" key={label}>{label}</span>)}</dd></div>
              <div><dt>Demand</dt><dd>{answer.pool.source}</dd></div>
              <div><dt>Bought</dt><dd>{answer.pool.usageClass}</dd></div>
              {answer.pool.schedules.length > 0 && <div><dt>Schedules</dt><dd>{answer.pool.schedules.join(', ')}</dd></div>}
            </dl>
          </Panel>
          {answer.lostJobs.length > 0 && (
            <Panel title="Lost jobs" id="lost">
              <div class="scroll" tabIndex={0} role="group" aria-label="Lost jobs">
                <table>
                  <thead><tr><th scope="col">Run</th><th scope="col">Lost</th><th scope="col">Why</th><th scope="col">Outcome</th></tr></thead>
                  <tbody>{answer.lostJobs.map(lost => (
                    <tr key={`${lost.runId}${lost.lostAt}`}><th scope="row">{lost.repository}<span class="sub">{lost.runId}</span></th><td class="nowrap">{time(lost.lostAt, at)}</td><td>{lost.reason}</td><td><b>{lost.result ?? 'open'}</b><span class="sub">{lost.message}</span></td></tr>
                  ))}</tbody>
                </table>
              </div>
            </Panel>
          )}
        </>
      )}
    </>
  );
}

export function RunnerDetails({ namespace, name, overview }: { namespace: string; name: string; overview: Overview }) {
  useTick();
  const { answer, problem } = useAnswer<Runner & { now?: string }>(pathOf('runnerleases', namespace, name), overview);
  const [minutes, setMinutes] = useState(60);
  const at = now();
  return (
    <>
      <p class="crumbs"><a href={link('runners')}>Runners</a> / {namespace} / {answer && <><a href={poolLink(namespace, answer.pool)}>{answer.pool}</a> /</>}</p>
      <div class="title"><h1 tabIndex={-1}>{name}</h1>{answer && <StatePill state={answer.state} />}</div>
      <Kubectl text={`kubectl describe -n ${namespace} runnerlease ${name}`} />
      <Problem text={problem} />
      {answer && (
        <>
          {answer.message && !answer.endedAt && <p class="lead"><b>{answer.reason}</b> {answer.message}</p>}
          <Panel title="Time line" id="timeline" aside={<WindowChoice minutes={minutes} change={setMinutes} />}><Timeline runners={[answer]} minutes={minutes} withPool={false} /></Panel>
          <div class="columns">
            <Panel title="Machine" id="machine">
              <dl class="facts">
                <div><dt>Instance</dt><dd>{answer.instanceId ?? '–'}</dd></div>
                <div><dt>Type</dt><dd>{answer.type ?? '–'}</dd></div>
                <div><dt>Zone</dt><dd>{answer.zone ?? '–'}</dd></div>
                <div><dt>Bought</dt><dd>{answer.usageClass ?? '–'}</dd></div>
                <div><dt>Price</dt><dd>{answer.perHour === undefined ? '–' : `${dollars(answer.perHour)} an hour`}</dd></div>
                <div><dt>Runner</dt><dd>{answer.runner ?? '–'}</dd></div>
                <div><dt>Held by</dt><dd>{answer.holder ?? 'nobody'}</dd></div>
                <div><dt>Jobs served</dt><dd>{answer.servedJobs}</dd></div>
                <div><dt>Age</dt><dd>{answer.createdAt ? duration((answer.endedAt ? Date.parse(answer.endedAt) : at) - Date.parse(answer.createdAt)) : '–'}</dd></div>
              </dl>
            </Panel>
            <Panel title="What it did" id="spans">
              <ol class="spans">{answer.spans.map((span, index) => (
                <li key={index}><StatePill state={span.state} /><span>{time(span.from, at)}</span><b>{duration((span.to ? Date.parse(span.to) : at) - Date.parse(span.from))}</b></li>
              ))}</ol>
            </Panel>
          </div>
          {answer.job && <Panel title="Job" id="job"><JobTable jobs={[answer.job]} /></Panel>}
          {answer.conditions && <Panel title="Conditions" id="conditions"><Conditions conditions={answer.conditions} /></Panel>}
        </>
      )}
    </>
  );
}
