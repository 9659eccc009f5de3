import type { Happening } from '../api';
import { now } from '../clock';
import { time } from '../format';
import { poolLink, runnerLink } from '../route';
import { Empty } from './bits';

/** What has happened, newest first. */
export function Events({ events }: { events: Happening[] }) {
  const at = now();
  return events.length === 0 ? <Empty>Nothing has happened since this replica started.</Empty> : (
    <ol class="events">
      {events.map((event, index) => (
        <li key={`${event.at}${event.name}${event.reason}${index}`} class={event.isWarning ? 'warning' : ''}>
          <time dateTime={event.at}>{time(event.at, at)}</time>
          <span class="what">
            <b>{event.isWarning && <span class="hidden">Warning: </span>}{event.reason}</b>{' '}
            <a href={event.kind === 'RunnerPool' ? poolLink(event.namespace, event.name) : runnerLink(event.namespace, event.name)}>{event.name}</a>
            <span class="message">{event.message}</span>
          </span>
        </li>
      ))}
    </ol>
  );
}
