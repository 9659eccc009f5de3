import { useEffect, useRef, useState } from 'preact/hooks';
import { type Overview, read, Refusal } from './api';
import { sync } from './clock';

export type Connection = 'connecting' | 'live' | 'lost' | 'refused';

const Retry = 3000;
const Pause = 2000;

/** The overview as it changes. The stream is closed while nobody sees the page. */
export function useOverview(enabled: boolean): { overview: Overview | null; connection: Connection; problem: string | null } {
  const [overview, setOverview] = useState<Overview | null>(null);
  const [connection, setConnection] = useState<Connection>('connecting');
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (!enabled) {
      return;
    }

    let stream: EventSource | null = null;
    let timer = 0;
    const close = () => {
      clearTimeout(timer);
      stream?.close();
      stream = null;
    };
    const open = () => {
      close();
      stream = new EventSource('api/v1/events');
      stream.addEventListener('overview', message => {
        const next = JSON.parse((message as MessageEvent<string>).data) as Overview;
        sync(next.now);
        setOverview(next);
        setConnection('live');
        setProblem(null);
      });
      stream.onerror = () => {
        close();
        setConnection('lost');
        void explain();
        timer = window.setTimeout(open, Retry);
      };
    };
    const explain = async () => {
      try {
        await read('session');
      } catch (error) {
        if (error instanceof Refusal) {
          setProblem(error.message);
          if (error.status === 401 || error.status === 403) {
            close();
            setConnection('refused');
          }
        }
      }
    };
    const follow = () => {
      if (document.hidden) {
        close();
      } else if (!stream) {
        open();
      }
    };
    open();
    document.addEventListener('visibilitychange', follow);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      close();
    };
  }, [enabled]);
  return { overview, connection, problem };
}

/** An answer that is read again when the overview has changed, at most every two seconds; the last one stays until then. */
export function useAnswer<T extends { now?: string }>(path: string, overview: Overview | null): { answer: T | null; problem: string | null } {
  const [state, setState] = useState<{ path: string; answer: T | null; problem: string | null }>({ path, answer: null, problem: null });
  const readSoon = useRef(() => {});
  useEffect(() => {
    const abort = new AbortController();
    let [timer, isReading, isStale, readAt] = [0, false, false, -Pause];
    const readNow = async () => {
      [timer, isReading, isStale, readAt] = [0, true, false, performance.now()];
      try {
        const answer = await read<T>(path, { signal: abort.signal });
        if (answer.now) {
          sync(answer.now);
        }

        setState({ path, answer, problem: null });
      } catch (error) {
        if (abort.signal.aborted) {
          return;
        }

        setState(before => ({ path, answer: before.path === path ? before.answer : null, problem: error instanceof Error ? error.message : String(error) }));
      }

      isReading = false;
      if (isStale) {
        readSoon.current();
      }
    };

    // One at a time: a slow answer is waited for, not asked for again.
    readSoon.current = () => {
      isStale = isReading;
      if (!isReading && timer === 0) {
        timer = window.setTimeout(() => void readNow(), Math.max(0, Pause - (performance.now() - readAt)));
      }
    };
    readSoon.current();
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [path]);
  useEffect(() => readSoon.current(), [overview?.now]);
  return state.path === path ? state : { answer: null, problem: null };
}

/** Renders again every second, for durations. */
export function useTick(): void {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick(value => value + 1), 1000);
    return () => clearInterval(timer);
  }, []);
}
