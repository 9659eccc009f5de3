import { useEffect, useState } from 'preact/hooks';

/** Where the viewer is: the path in the address's fragment, and its query. */
export interface Route { path: string[]; query: URLSearchParams }

export function parse(fragment: string): Route {
  const [path = '', query = ''] = fragment.replace(/^#\/?/, '').split('?');
  return { path: path.split('/').filter(part => part.length > 0).map(decode), query: new URLSearchParams(query) };
}

/** An address within the page. */
export function link(path: string, query: Record<string, string | undefined> = {}): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => !!pair[1]);
  return `#/${path}${given.length > 0 ? `?${new URLSearchParams(given)}` : ''}`;
}

export const poolLink = (namespace: string, name: string): string => link(`runnerpools/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`);

export const runnerLink = (namespace: string, name: string): string => link(`runnerleases/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`);

export function useRoute(): Route {
  const [fragment, setFragment] = useState(location.hash);
  useEffect(() => {
    const follow = () => setFragment(location.hash);
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return parse(fragment);
}

/** Replaces the query of the present address, without a step in the history. */
export function setQuery(route: Route, changes: Record<string, string | undefined>): void {
  const query = { ...Object.fromEntries(route.query), ...changes };
  history.replaceState(null, '', link(route.path.map(encodeURIComponent).join('/'), query));
  dispatchEvent(new HashChangeEvent('hashchange'));
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
