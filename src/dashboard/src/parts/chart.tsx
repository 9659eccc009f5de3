import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { History } from '../api';
import { now } from '../clock';
import { count, time } from '../format';

const Layers: { key: Exclude<keyof History, 'at'>; label: string }[] = [
  { key: 'busy', label: 'Busy' },
  { key: 'idle', label: 'Idle' },
  { key: 'booting', label: 'Booting' },
  { key: 'waiting', label: 'Waiting' },
  { key: 'draining', label: 'Draining' },
];

const Height = 190;

/** Runners by state over the last hour, stacked. */
export function Chart({ history, isDark }: { history: History; isDark: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  useEffect(() => {
    const element = box.current!;
    const style = getComputedStyle(document.documentElement);
    const color = (name: string) => style.getPropertyValue(name).trim();
    // The highest sum is drawn first, the others over it.
    const series = [...Layers].reverse().map(layer => ({
      label: layer.label, stroke: color(`--${layer.key}`), fill: color(`--${layer.key}`), width: 0, points: { show: false }, paths: uPlot.paths.stepped!({ align: 1 }),
    }));
    const axis = { stroke: color('--muted'), grid: { stroke: color('--line'), width: 1 }, ticks: { show: false }, font: '11px system-ui, sans-serif' };
    const made = new uPlot({
      width: element.clientWidth, height: Height, padding: [10, 8, 0, 0], legend: { show: false }, cursor: { show: false },
      scales: { y: { range: (_plot, _low, high) => [0, Math.max(4, Math.ceil(high * 1.15))] } },
      series: [{}, ...series],
      axes: [{ ...axis, size: 24, values: (_plot, splits) => splits.map(at => new Date(at * 1000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })) },
        { ...axis, size: 36, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000] }],
    }, stack(history), element);
    plot.current = made;
    const sizes = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: Height }));
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      made.destroy();
    };
  }, [isDark]);
  useEffect(() => plot.current?.setData(stack(history)), [history]);
  const [rows, at] = [sample(history), now()];
  return (
    <>
      <ul class="legend chart-legend" aria-hidden="true">{Layers.map(layer => <li key={layer.key}><i class={`b-${layer.key}`} />{layer.label}</li>)}</ul>
      <div class="chart" ref={box} aria-hidden="true" />
      <details>
        <summary>Show as a table</summary>
        <div class="scroll" tabIndex={0} role="group" aria-label="Runners by state over the last hour">
          <table>
            <thead><tr><th scope="col">Time</th>{Layers.map(layer => <th scope="col" class="number" key={layer.key}>{layer.label}</th>)}</tr></thead>
            <tbody>{rows.map(index => (
              <tr key={index}><th scope="row">{time(history.at[index]! * 1000, at)}</th>{Layers.map(layer => <td class="number" key={layer.key}>{count(history[layer.key][index])}</td>)}</tr>
            ))}</tbody>
          </table>
        </div>
      </details>
    </>
  );
}

// From the top layer down, as the series are.
function stack(history: History): uPlot.AlignedData {
  let below: number[] = history.at.map(() => 0);
  const sums = Layers.map(layer => (below = below.map((sum, index) => sum + (history[layer.key][index] ?? 0))));
  const times = history.at.length === 1 ? [history.at[0]! - 60, history.at[0]!] : history.at;
  return [times, ...sums.reverse().map(values => (history.at.length === 1 ? [values[0]!, values[0]!] : values))];
}

const sample = (history: History): number[] => {
  const every = Math.max(1, Math.ceil(history.at.length / 12));
  return history.at.map((_, index) => index).filter(index => (history.at.length - 1 - index) % every === 0).reverse();
};
