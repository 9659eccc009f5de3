import type { Pool } from '../api';
import { count, dollars } from '../format';
import { poolLink } from '../route';
import { Empty, StateBar, StateLegend } from './bits';

/** Why jobs or runners of a pool wait. */
export const Waits = ({ pool }: { pool: Pool }) => (pool.waits.length === 0 ? null : (
  <ul class="waits" aria-label={`Why ${pool.name} waits`}>
    {pool.waits.map(wait => (
      <li key={wait.reason} class={wait.isProblem ? 'warning' : ''}><b>{wait.reason}</b>{wait.runners !== undefined && wait.runners > 1 && ` × ${count(wait.runners)}`} <span>{wait.message}</span></li>
    ))}
  </ul>
));

export function Ready({ pool }: { pool: Pool }) {
  const [name, text] = pool.deleting ? ['deleting', 'Deleting'] : pool.ready === 'True'
    ? (pool.reason && pool.reason !== 'Ready' ? ['busy', pool.reason] : ['ok', 'Ready']) : pool.ready === 'False' ? ['bad', pool.reason ?? 'Not ready'] : ['unknown', pool.reason ?? 'Unknown'];
  return <span class={`pill r-${name}`}><i aria-hidden="true" />{text}</span>;
}

export function Pools({ pools, more, isBare }: { pools: Pool[]; more: number; isBare?: boolean }) {
  return (
    <>
      {pools.length === 0 && <Empty>There is no RunnerPool that you may see. Create one: <code>kubectl apply -f config/samples</code></Empty>}
      <ul class={isBare ? 'pools bare' : 'pools'}>
        {pools.map(pool => {
          const figure = `pools.${pool.namespace}/${pool.name}`;
          return (
            <li key={`${pool.namespace}/${pool.name}`}>
              {!isBare && (
                <div class="pool-name">
                  <h3><a href={poolLink(pool.namespace, pool.name)}>{pool.name}</a></h3>
                  <Ready pool={pool} />
                  <span class="sub">{pool.namespace} · {pool.source} · {pool.usageClass}</span>
                </div>
              )}
              <div class="pool-runners">
                <div class="pool-count"><span><b data-figure={`${figure}.runners.total`}>{count(pool.runners.total)}</b> of {count(pool.maxRunners)} runners</span><span class="muted">keeps {count(pool.minIdle)} idle</span></div>
                <StateBar counts={pool.runners} capacity={pool.maxRunners} label={`Runners of ${pool.name}`} />
                <StateLegend counts={pool.runners} figure={`${figure}.runners`} />
              </div>
              <dl class="pool-numbers">
                <div><dt>Demand</dt><dd data-figure={`${figure}.demand`}>{count(pool.demand)}</dd></div>
                <div class={pool.waitingJobs ? 'attention' : ''}><dt>Waiting</dt><dd data-figure={`${figure}.waitingJobs`}>{count(pool.waitingJobs)}</dd></div>
                <div><dt>Per hour</dt><dd data-figure={`${figure}.cost.perHour`}>{dollars(pool.cost.perHour)}</dd></div>
                <div><dt>Today</dt><dd data-figure={`${figure}.cost.today`}>{dollars(pool.cost.today)}</dd></div>
                <div><dt>Month</dt><dd data-figure={`${figure}.cost.thisMonth`}>{dollars(pool.cost.thisMonth)}</dd></div>
              </dl>
              <Waits pool={pool} />
            </li>
          );
        })}
      </ul>
      {more > 0 && <p class="more">{count(more)} more pools are not shown; those with problems come first.</p>}
    </>
  );
}
