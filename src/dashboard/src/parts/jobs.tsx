import type { Job } from '../api';
import { now } from '../clock';
import { duration, time } from '../format';
import { useTick } from '../live';
import { runnerLink } from '../route';
import { Empty } from './bits';

const Labels = { running: 'Running', waiting: 'Waiting', ended: 'Ended' };
const Colors = { running: 'busy', waiting: 'waiting', ended: 'ended' };

// A scale set tells its path and ref: my-org/app/.github/workflows/ci.yml@refs/heads/main.
const workflowOf = (name: string): string => name.replace(/^.*\.github\/workflows\/([^@]+)@.*$/, '$1');

export function JobTable({ jobs }: { jobs: Job[] }) {
  useTick();
  const at = now();
  return jobs.length === 0 ? <Empty>No job is running or has ended lately. Jobs that wait in a scale set are counted at their pool.</Empty> : (
    <div class="scroll" tabIndex={0} role="group" aria-label="Jobs">
      <table>
        <thead><tr><th scope="col">Job</th><th scope="col">State</th><th scope="col">For</th><th scope="col" class="medium">Runner</th><th scope="col" class="wide">Since</th></tr></thead>
        <tbody>{jobs.map(job => {
          const since = job.startedAt ?? job.queuedAt;
          return (
            <tr key={`${job.runner}${job.id ?? ''}${job.state}${job.endedAt ?? ''}`}>
              <th scope="row">
                {job.url ? <a href={job.url} rel="noreferrer">{job.repository}</a> : job.repository ?? `job ${job.id ?? '?'}`}
                <span class="sub">{job.workflow ? `${workflowOf(job.workflow)} · ` : ''}{job.runId ? `run ${job.runId}` : `job ${job.id ?? '?'}`}{job.reason ? ` · ${job.reason}: ${job.message ?? ''}` : ''}</span>
              </th>
              <td><span class={`pill s-${Colors[job.state]}`}><i aria-hidden="true" />{Labels[job.state]}</span></td>
              <td class="nowrap">{since ? duration((job.endedAt ? Date.parse(job.endedAt) : at) - Date.parse(since)) : '–'}</td>
              <td class="medium nowrap"><a href={runnerLink(job.namespace, job.runner)}>{job.runner}</a></td>
              <td class="wide">{since ? time(since, at) : '–'}</td>
            </tr>
          );
        })}</tbody>
      </table>
    </div>
  );
}
