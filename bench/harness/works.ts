import { isServerName, type ServerName } from './servers.js';

/** The works that are measured for all servers. */
export const COMPARED_WORKS = {
  'get-sqlite-memory': { title: 'get, SQLite in memory', operation: 'get', repo: 'memory' },
  'list-sqlite-memory': { title: 'list of 20, SQLite in memory', operation: 'list', repo: 'memory' },
  'create-sqlite-memory': { title: 'create, SQLite in memory', operation: 'create', repo: 'memory' },
  'get-large': { title: 'get of 1 MiB, SQLite in memory', operation: 'get', repo: 'memory', isLarge: true },
  'create-large': { title: 'create of 1 MiB, SQLite in memory', operation: 'create', repo: 'memory', isLarge: true },
  'create-sqlite-file': { title: 'create, SQLite file, `synchronous=FULL`', operation: 'create', repo: 'file' },
  'get-postgres': { title: 'get, Postgres', operation: 'get', repo: 'postgres' },
  'list-postgres': { title: 'list of 20, Postgres', operation: 'list', repo: 'postgres' },
  'create-postgres': { title: 'create, Postgres', operation: 'create', repo: 'postgres' },
  'update-postgres': { title: 'update, Postgres', operation: 'update', repo: 'postgres' },
} as const;

/** The other works: the service relative to itself, and starting. */
export const OWN_WORKS = {
  start: { title: 'from the start of the process to the first response, SQLite in memory' },
  'two-workers': { title: 'get, two workers against one, SQLite file, unpinned' },
  'page-at-depth': { title: 'page at depth by cursor against the first page, SQLite file' },
} as const;

export type ComparedWork = keyof typeof COMPARED_WORKS;
export type OwnWork = keyof typeof OWN_WORKS;
export type WorkName = ComparedWork | OwnWork;
/** In measuring order: short works first, so that a run with a time limit includes them. */
export const WORK_NAMES: readonly WorkName[] = [...Object.keys(OWN_WORKS), ...Object.keys(COMPARED_WORKS)].filter(
  isWorkName,
);

export function isComparedWork(name: string): name is ComparedWork {
  return Object.hasOwn(COMPARED_WORKS, name);
}

export function isWorkName(name: string): name is WorkName {
  return isComparedWork(name) || Object.hasOwn(OWN_WORKS, name);
}

/** The parts of growth. */
export const GROWTH_PARTS = ['payload', 'connections', 'memory', 'sqlite', 'postgres'] as const;
export type GrowthPart = (typeof GROWTH_PARTS)[number];

export function isGrowthPart(name: string): name is GrowthPart {
  return GROWTH_PARTS.some((part) => part === name);
}

/** A factor over the requests per second of a peer that the service should reach. */
export interface Target {
  readonly work: ComparedWork;
  readonly against: ServerName;
  readonly atLeast: number;
}

export const TARGETS: readonly Target[] = [
  ...targets('get-sqlite-memory', { fastify: 1.7, 'fastify-tuned': 1.25, floor: 0.75 }),
  ...targets('list-sqlite-memory', { fastify: 2.2, 'fastify-tuned': 1.25 }),
  ...targets('create-sqlite-memory', { fastify: 1.3, 'fastify-tuned': 1.3 }),
  ...targets('get-large', { floor: 3 }),
  ...targets('create-large', { floor: 3 }),
  ...targets('create-sqlite-file', { fastify: 8, 'fastify-tuned': 8, floor: 6.5 }),
  ...targets('get-postgres', { fastify: 2.8, floor: 2 }),
  ...targets('list-postgres', { fastify: 2.5, floor: 1.4 }),
  ...targets('create-postgres', { fastify: 2, floor: 1.6 }),
  ...targets('update-postgres', { fastify: 2, floor: 1.6 }),
];

/** The maximum 99th percentile of latency relative to that of bare node:http. */
export const P99_AT_MOST = 1;
/** The minimum requests per second of two workers relative to one. */
export const TWO_WORKERS_AT_LEAST = 1.8;
/** The maximum time of a page at depth relative to the first page. */
export const PAGE_AT_DEPTH_AT_MOST = 1.2;
/** The maximum time from the start of the process to the first response. */
export const START_MS_AT_MOST = 200;

function targets(work: ComparedWork, against: Partial<Record<ServerName, number>>): readonly Target[] {
  return Object.entries(against).flatMap(([name, atLeast]) =>
    isServerName(name) ? [{ work, against: name, atLeast }] : [],
  );
}
