import type { Disk } from '../disk.js';
import type { Results } from '../run.js';
import type { Plot } from './plots.js';

/** The machine and the software of a run, as a list. */
export function machineList({ machine, cores, postgresVersion, options, disks }: Results): string {
  const { packages } = machine;
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  const rows = [
    ['CPU', `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB`],
    ['System', machine.system],
    ['Load average before the run', String(machine.loadBefore)],
    ['Node', machine.node],
    ['Postgres', postgresVersion ?? 'not part of this run'],
    ['Packages', versions.join(', ')],
    ['Disk, SQLite', disk(disks.sqlite)],
    ['Disk, Postgres', disk(disks.postgres)],
    ['Pinning', cores],
    ['Date, commit', `${machine.date}, \`${machine.commit}\`${options.isQuick ? ', a quick run' : ''}`],
  ];
  return rows.map(([name, value]) => `- ${name}: ${value}`).join('\n');
}

function disk({ fileSystem, isMemory, syncMs }: Disk): string {
  const { median, low, high } = syncMs;
  const sync = `one sync takes ${median.toFixed(2)} ms here (${low.toFixed(2)}–${high.toFixed(2)})`;
  return `${fileSystem}; ${sync}${isMemory ? '; **in memory: durable writes are free and compare nothing**' : ''}`;
}

/** What could not be measured; empty if nothing. */
export function failures({ failures: list }: Results): string {
  return list.length === 0 ? '' : `Not measured: ${list.map((failure) => `\n- ${failure}`).join('')}\n\n`;
}

/** A reference to a plot, from a page in docs/. */
export function picture({ file, title }: Pick<Plot, 'file' | 'title'>): string {
  return `![${title}](benchmarks/${file})`;
}

export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A load generator that used more of its core may have been the bottleneck. */
export const LIMITING_SHARE = 0.9;
