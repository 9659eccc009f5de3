import type { Machines } from '../api';
import { count, dollars } from '../format';
import { link } from '../route';
import { Empty } from './bits';

/** Machines by type, in each zone. */
export function MachineTable({ machines, more }: { machines: Machines[]; more: number }) {
  const most = Math.max(1, ...machines.map(row => row.machines));
  return machines.length === 0 ? <Empty>No machine is running.</Empty> : (
    <>
      <div class="scroll" tabIndex={0} role="group" aria-label="Machines by type and zone">
        <table>
          <thead><tr><th scope="col">Type</th><th scope="col">Zone</th><th scope="col" class="medium">Bought</th><th scope="col" class="number">Machines</th><th scope="col" class="medium"><span class="hidden">Share</span></th><th scope="col" class="number medium">Busy</th><th scope="col" class="number">$/h</th></tr></thead>
          <tbody>{machines.map(row => {
            const figure = `machines.${row.type}/${row.zone}/${row.usageClass}`;
            return (
              <tr key={figure}>
                <th scope="row"><a href={link('runners', { q: row.type })}>{row.type}</a></th><td class="nowrap">{row.zone}<span class="sub narrow">{row.usageClass}</span></td><td class="medium"><span class={`tag u-${row.usageClass}`}>{row.usageClass}</span></td>
                <td class="number" data-figure={`${figure}.machines`}>{count(row.machines)}</td>
                <td class="medium share"><span aria-hidden="true" style={{ width: `${(100 * row.machines) / most}%` }} /></td>
                <td class="number medium" data-figure={`${figure}.busy`}>{count(row.busy)}</td><td class="number" data-figure={`${figure}.perHour`}>{dollars(row.perHour)}</td>
              </tr>
            );
          })}</tbody>
        </table>
      </div>
      {more > 0 && <p class="more">{count(more)} more kinds of machines are not shown.</p>}
    </>
  );
}
