import { useEffect, useRef, useState } from 'preact/hooks';
import { read, Refusal, type Session } from './api';
import { count } from './format';
import { useOverview } from './live';
import { link, useRoute } from './route';
import { useTheme } from './theme';
import { ConnectionDot } from './parts/bits';
import { EventsView, MachinesView, OverviewView } from './views/overview';
import { JobsView, RunnersView } from './views/runners';
import { PoolView, RunnerDetails } from './views/objects';
import { SignIn } from './views/signin';

const Views = [
  { path: '', label: 'Overview' },
  { path: 'runners', label: 'Runners' },
  { path: 'jobs', label: 'Jobs' },
  { path: 'machines', label: 'Machines' },
  { path: 'events', label: 'Events' },
];

export function App() {
  const route = useRoute();
  const { theme, isDark, next } = useTheme();
  const [session, setSession] = useState<Session | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  const { overview, connection, problem } = useOverview(session !== null);
  const [view = '', namespace = '', name = ''] = route.path;
  const main = useRef<HTMLElement>(null);
  const place = route.path.join('/');
  const before = useRef(place);
  useEffect(() => {
    const abort = new AbortController();
    read<Session>('session', { signal: abort.signal }).then(
      setSession,
      error => {
        if (error instanceof Refusal && (error.status === 401 || error.status === 403)) {
          setRefusal(error.message);
        } else if (!abort.signal.aborted) {
          setTimeout(() => setAttempt(value => value + 1), 3000);
        }
      });
    return () => abort.abort();
  }, [attempt]);
  useEffect(() => {
    if (connection === 'refused') {
      setSession(null);
      setRefusal(problem);
    }
  }, [connection]);
  useEffect(() => {
    document.title = `${name || Views.find(one => one.path === view)?.label || 'Not found'} – ec2runners`;
    if (before.current !== place) {
      before.current = place;
      scrollTo(0, 0);
      main.current?.querySelector<HTMLElement>('h1')?.focus();
    }
  }, [place]);

  const signOut = async () => {
    await read('session', { method: 'DELETE' });
    location.reload();
  };
  const current = view === 'runnerpools' ? '' : view === 'runnerleases' ? 'runners' : view;
  return (
    <>
      <a class="skip" href="#main" onClick={event => { event.preventDefault(); main.current?.focus(); }}>Skip to content</a>
      <header class="top">
        <a class="brand" href={link('')}><img src="./favicon.svg" alt="" width="28" height="28" /><span>ec2runners</span></a>
        <nav aria-label="Views">
          {session && Views.map(one => <a key={one.path} href={link(one.path)} aria-current={current === one.path ? 'page' : undefined}>{one.label}</a>)}
        </nav>
        <div class="status">
          {session && <ConnectionDot connection={connection} />}
          <button type="button" class="theme" onClick={next} title={`Colours: ${theme}`} aria-label={`Colours: ${theme}. Change`}>{isDark ? '☾' : '☀'}</button>
          {session?.authentication === 'Token' && <button type="button" onClick={signOut} title={session.user}>Sign out</button>}
        </div>
      </header>
      <main id="main" tabIndex={-1} ref={main}>
        {!session ? (refusal !== null && <SignIn reason={refusal} done={signedIn => { setRefusal(null); setSession(signedIn); }} />)
          : !overview ? <p class="empty" role="status">{problem ?? 'Loading …'}</p>
          : view === '' ? <OverviewView overview={overview} isDark={isDark} />
          : view === 'runners' ? <RunnersView route={route} overview={overview} />
          : view === 'jobs' ? <JobsView route={route} overview={overview} />
          : view === 'machines' ? <MachinesView overview={overview} />
          : view === 'events' ? <EventsView overview={overview} />
          : view === 'runnerpools' && name ? <PoolView key={place} namespace={namespace} name={name} overview={overview} />
          : view === 'runnerleases' && name ? <RunnerDetails key={place} namespace={namespace} name={name} overview={overview} />
          : <><h1 tabIndex={-1}>Not found</h1><p>There is no such view. <a href={link('')}>Overview</a></p></>}
      </main>
      <footer data-now={overview?.now}>
        {overview && <>ec2runners {overview.version} · {session?.namespaces ? `${count(session.namespaces.length)} namespaces` : 'all namespaces'}{session?.user ? ` · ${session.user}` : ''} · costs are in US dollars, days are UTC · <a href="./assets/licenses.txt">licenses</a></>}
      </footer>
    </>
  );
}
