import { useState } from 'preact/hooks';
import { read, type Session } from '../api';

/** Asks for a token of the cluster. */
export function SignIn({ reason, done }: { reason: string | null; done: (session: Session) => void }) {
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      done(await read<Session>('session', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ token }) }));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <section class="signin panel" aria-labelledby="signin">
      <h1 id="signin" tabIndex={-1}>Sign in</h1>
      <p>The cluster says who you are and what you may see. Make a token that is good for this page only:</p>
      <p class="kubectl"><code>kubectl create token NAME --audience ec2runners-dashboard --duration 8h</code></p>
      <form onSubmit={submit}>
        <label>Token <input type="password" autocomplete="off" value={token} onInput={event => setToken(event.currentTarget.value)} required /></label>
        <button type="submit">Sign in</button>
      </form>
      {(problem ?? reason) && <p class="problem" role="alert">{problem ?? reason}</p>}
    </section>
  );
}
