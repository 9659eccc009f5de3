const number = new Intl.NumberFormat('en-US');

/** A number with separators: 5,000. */
export const count = (value: number | undefined): string => (value === undefined ? '–' : number.format(value));

/** US dollars: $12.34, and small amounts to a tenth of a cent. */
export function dollars(value: number | undefined): string {
  if (value === undefined) {
    return '–';
  }

  const digits = value !== 0 && Math.abs(value) < 1 ? 3 : 2;
  return `$${new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value)}`;
}

/** A duration in two units: 1h 5m, 42s. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  return days > 0 ? `${days}d ${hours}h` : hours > 0 ? `${hours}h ${minutes}m` : minutes > 0 ? `${minutes}m ${seconds % 60}s` : `${seconds}s`;
}

/** A time of day, with the date where it is not the same day. */
export function time(text: string | number, now: number): string {
  const at = new Date(text);
  const clock = at.toLocaleTimeString('en-GB');
  return at.toDateString() === new Date(now).toDateString() ? clock : `${at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${clock}`;
}

/** 1 runner, 2 runners. */
export const plural = (value: number, one: string): string => `${count(value)} ${one}${value === 1 ? '' : 's'}`;
