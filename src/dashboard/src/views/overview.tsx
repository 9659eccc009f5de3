import type { ComponentChildren } from 'preact';
import type { Happening, Overview } from '../api';
import { now } from '../clock';
import { count, dollars, plural, time } from '../format';
import { link } from '../route';
import { Panel, StateBar, StateLegend } from '../parts/bits';
import { Chart } from '../parts/chart';
import { Events } from '../parts/events';
import { MachineTable } from '../parts/machines';
import { Pools } from '../parts/pools';

const Tile = ({ label, children, href, tone }: { label: string; children: ComponentChildren; href?: string; tone?: string }) => (
  <li class={`tile ${tone ?? ''}`}><h2>{href ? <a href={href}>{label}</a> : label}</h2>{children}</li>
);

// Some warnings are always among them: in a busy cluster everything else is newer.
function chosen(events: Happening[]): Happening[] {
  const warnings = events.filter(event => event.isWarning).slice(0, 4);
  return [...events.filter(event => !event.isWarning).slice(0, 10 - warnings.length), ...warnings].sort((one, other) => other.at.localeCompare(one.at));
}

export function OverviewView({ overview, isDark }: { overview: Overview; isDark: boolean }) {
  const { totals } = overview;
  return (
    <>
      <h1 class="hidden" tabIndex={-1}>Overview</h1>
      <ul class="tiles">
        <Tile label="Runners" href={link('runners')} tone="big">
          <p class="figure" data-figure="totals.runners.total">{count(totals.runners.total)}</p>
          <StateBar counts={totals.runners} label="All runners" />
          <StateLegend counts={totals.runners} figure="totals.runners" />
        </Tile>
        <Tile label="Jobs" href={link('jobs')} tone={totals.waitingJobs > 0 ? 'attention' : ''}>
          <p class="figure"><span data-figure="totals.runningJobs">{count(totals.runningJobs)}</span> <small>running</small></p>
          <p class="note"><b data-figure="totals.waitingJobs">{count(totals.waitingJobs)}</b> waiting</p>
        </Tile>
        <Tile label="Pools" tone={totals.notReady > 0 ? 'attention' : ''}>
          <p class="figure" data-figure="totals.pools">{count(totals.pools)}</p>
          <p class="note">{totals.notReady === 0 ? 'all ready' : <><b data-figure="totals.notReady">{count(totals.notReady)}</b> not ready</>}</p>
        </Tile>
        <Tile label="Cost today" tone="cost">
          <p class="figure" data-figure="totals.cost.today">{dollars(totals.cost.today)}</p>
          <p class="note"><b data-figure="totals.cost.perHour">{dollars(totals.cost.perHour)}</b> an hour now</p>
          <p class="note"><b data-figure="totals.cost.thisMonth">{dollars(totals.cost.thisMonth)}</b> this month</p>
        </Tile>
        <Tile label="Machines" href={link('machines')}>
          <p class="figure" data-figure="totals.machines">{count(totals.machines)}</p>
          <p class="note">{plural(new Set(overview.machines.map(row => row.type)).size, 'type')}, {plural(new Set(overview.machines.map(row => row.zone)).size, 'zone')}</p>
        </Tile>
        <Tile label="Spot losses" tone={totals.spotNotices > 0 ? 'attention' : ''}>
          <p class="figure" data-figure="totals.spotLosses">{count(totals.spotLosses)}</p>
          <p class="note">{totals.spotNotices > 0 ? <><b data-figure="totals.spotNotices">{count(totals.spotNotices)}</b> announced · </> : ''}since {time(totals.since, now())}</p>
        </Tile>
      </ul>
      <Panel title="Pools" id="pools"><Pools pools={overview.pools} more={overview.morePools} /></Panel>
      <div class="columns">
        <Panel title="Runners, last hour" id="history"><Chart history={overview.history} isDark={isDark} /></Panel>
        <Panel title="Machines" id="machines" aside={<a href={link('machines')}>All</a>}><MachineTable machines={overview.machines.slice(0, 6)} more={0} /></Panel>
      </div>
      <Panel title="Events" id="events" aside={<a href={link('events')}>All</a>}><Events events={chosen(overview.events)} /></Panel>
    </>
  );
}

export const MachinesView = ({ overview }: { overview: Overview }) => (
  <><h1 tabIndex={-1}>Machines</h1><Panel title="By type and zone" id="machines"><MachineTable machines={overview.machines} more={overview.moreMachines} /></Panel></>
);

export const EventsView = ({ overview }: { overview: Overview }) => (
  <>
    <h1 tabIndex={-1}>Events</h1>
    <Panel title={`Since ${time(overview.totals.since, now())}`} id="events"><Events events={overview.events} /></Panel>
    <p class="more">What this replica has seen, the newest first. The cluster keeps more: <code>kubectl get events</code></p>
  </>
);
