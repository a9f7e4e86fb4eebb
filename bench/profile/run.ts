/**
 * `npm run bench:profile`: the CPU time of a request by layer, for the service and for `node:http` without features.
 * Prints a Markdown table for docs/performance.md.
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Bench, openBench } from '../harness/bench.js';
import { script, seed } from '../harness/compare.js';
import { requireNoErrors } from '../harness/errors.js';
import { readFlags } from '../harness/flags.js';
import { DATA_DIR } from '../harness/paths.js';
import { start } from '../harness/pool.js';
import { median } from '../harness/stats.js';
import { COMPARED_WORKS, type ComparedWork } from '../harness/works.js';
import { type CpuProfile, LAYERS, microsByLayer } from './layers.js';

const USAGE = `usage: npm run bench:profile [-- --rounds N --seconds N]

  --rounds N   processes of each server for each work; default 3
  --seconds N  how long each is profiled, after two seconds of warm-up; default 5
`;
const WORKS: readonly ComparedWork[] = [
  'get-sqlite-memory',
  'list-sqlite-memory',
  'create-sqlite-memory',
  'create-sqlite-file',
  'get-postgres',
  'list-postgres',
  'create-postgres',
];
const SERVERS = ['service', 'floor'] as const;
const WARM_UP_SECONDS = 2;
/** Node writes its profile when the process exits by itself. */
const EXIT = 'data:text/javascript,process.once("SIGTERM",()=>process.exit())';

/** V8 takes polling and reading for idle time, and its profile is of the main thread. */
const UNSEEN = 'the rest: polling, reading from sockets, other threads';
const ROWS = [...LAYERS, UNSEEN] as const;
type Row = (typeof ROWS)[number];

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
});
const options = readFlags([]);
if (values.help || typeof options === 'string') process.stdout.write(USAGE);
else await main(openBench(options), Number(values.rounds), Number(values.seconds));

async function main(bench: Bench, rounds: number, seconds: number): Promise<void> {
  try {
    const columns: Record<Row, number>[] = [];
    for (const work of WORKS) {
      const seen = SERVERS.map((): Record<Row, number>[] => []);
      for (let round = 0; round < rounds; round += 1) {
        for (const [index, server] of SERVERS.entries()) {
          seen[index]?.push(await profile(bench, work, server, round, seconds));
        }
      }
      columns.push(...seen.map(medians));
      bench.log(work);
    }
    process.stdout.write(table(columns));
  } finally {
    await bench.close();
  }
}

/** @returns the CPU time of a request, in µs, in each row of the table */
async function profile(
  bench: Bench,
  work: ComparedWork,
  name: (typeof SERVERS)[number],
  round: number,
  seconds: number,
): Promise<Record<Row, number>> {
  const folder = `${DATA_DIR}/${work}-${name}-${round}`;
  mkdirSync(folder, { recursive: true });
  const nodeFlags = ['--cpu-prof', '--cpu-prof-interval', '200', '--cpu-prof-dir', folder, '--import', EXIT];
  const server = await start(bench, work, name, { suffix: `-${round}`, nodeFlags });
  await seed(bench, work, server);
  const load = async (length: number) => {
    const pace = { kind: 'seconds', seconds: length } as const;
    const job = { connections: bench.options.connections, script: script(bench, work), pace };
    const result = await bench.generator.run(server, job);
    requireNoErrors(`${work}, ${name}`, result);
    return result;
  };
  await load(WARM_UP_SECONDS);
  const { requests, serverCpuMicros } = await load(seconds);
  const endedAt = performance.now();
  await server.stop();
  const stopMicros = (performance.now() - endedAt) * 1000;
  const [file] = readdirSync(folder);
  const cpuProfile = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as CpuProfile;
  const to = cpuProfile.endTime - stopMicros;
  const micros = microsByLayer(cpuProfile, to - seconds * 1e6, to);
  const seen = fromEach(LAYERS, (layer) => micros[layer] / requests);
  return { ...seen, [UNSEEN]: serverCpuMicros - LAYERS.reduce((sum, layer) => sum + seen[layer], 0) };
}

function medians(rounds: readonly Record<Row, number>[]): Record<Row, number> {
  return fromEach(ROWS, (row) => median(rounds.map((round) => round[row])));
}

function fromEach<Key extends string>(keys: readonly Key[], microsOf: (key: Key) => number): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, microsOf(key)])) as Record<Key, number>;
}

/** V8 counts waiting for the disk as well, so that the rest may be less than nothing. */
function shown(micros: number): string {
  return micros < 0 ? '–' : micros.toFixed(1);
}

/** A column for each work, with the service's microseconds and those of the floor. */
function table(columns: readonly Record<Row, number>[]): string {
  const pairs = WORKS.map((_, index) => columns.slice(2 * index, 2 * index + 2));
  const row = (title: string, microsOf: (column: Record<Row, number>) => number) =>
    `| ${[title, ...pairs.map((pair) => pair.map((column) => shown(microsOf(column))).join(' / '))].join(' | ')} |\n`;
  const titles = WORKS.map((work) => COMPARED_WORKS[work].title.replace(', `synchronous=FULL`', ''));
  return [
    `| µs of CPU: service / bare node:http | ${titles.join(' | ')} |\n`,
    `| --- |${' --- |'.repeat(WORKS.length)}\n`,
    ...ROWS.map((name) => row(name, (column) => column[name])),
    row('all', (column) => ROWS.reduce((sum, name) => sum + column[name], 0)),
  ].join('');
}
