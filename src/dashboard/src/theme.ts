import { useEffect, useLayoutEffect, useState } from 'preact/hooks';

export type Theme = 'auto' | 'light' | 'dark';

const Key = 'ec2runners-theme';

const stored = (): Theme => {
  try {
    const value = localStorage.getItem(Key);
    return value === 'light' || value === 'dark' ? value : 'auto';
  } catch {
    return 'auto';
  }
};

/** The colours: those of the system, or chosen. */
export function useTheme(): { theme: Theme; isDark: boolean; next: () => void } {
  const [theme, setTheme] = useState(stored);
  const [system, setSystem] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  const isDark = theme === 'auto' ? system : theme === 'dark';
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const follow = () => setSystem(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);

  // Before anything is painted in the other colours.
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
  }, [isDark]);
  const next = () => {
    const after: Theme = theme === 'auto' ? (system ? 'light' : 'dark') : theme === 'dark' ? (system ? 'auto' : 'light') : system ? 'dark' : 'auto';
    setTheme(after);
    try {
      localStorage.setItem(Key, after);
    } catch {
      // It lasts as long as the page.
    }
  };
  return { theme, isDark, next };
}
