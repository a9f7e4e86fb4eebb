import type { ProfileKind } from './profile.js';

/** What a person needs to know of a kind of profile. */
export interface ProfileType {
  readonly title: string;
  readonly about: string;
  readonly howToOpen: string;
  /** Of the file Chrome DevTools knows it by; undefined where it is read in the browser itself. */
  readonly extension?: string;
  /** How long it watches when nothing is said; null where it shows one instant. */
  readonly defaultSeconds: number | null;
}

/** Every kind of profile there is, in the order of the index page. */
export const PROFILE_TYPES: ReadonlyMap<ProfileKind, ProfileType> = new Map<ProfileKind, ProfileType>([
  [
    'cpu',
    {
      title: 'CPU profile',
      about: 'Where the time goes: every function by the time spent in it, as a flame chart.',
      howToOpen: 'Chrome DevTools, Performance panel, Load profile (the arrow pointing up).',
      extension: 'cpuprofile',
      defaultSeconds: 5,
    },
  ],
  [
    'heap-sampling',
    {
      title: 'Sampling heap profile',
      about: 'Which functions allocated the memory that was still in use at the end. It hardly slows the service down.',
      howToOpen: 'Chrome DevTools, Memory panel, Load profile.',
      extension: 'heapprofile',
      defaultSeconds: 5,
    },
  ],
  [
    'heap',
    {
      title: 'Heap snapshot',
      about:
        'Every object in memory and what keeps it there. The process answers nothing while it is taken (ten seconds ' +
        'where 130 MB are in use), and V8 needs several times the heap’s size for it, so that a container’s memory limit ' +
        'may end the process. The file holds everything in memory, clients’ data and passwords included: treat it like ' +
        'the database itself.',
      howToOpen: 'Chrome DevTools, Memory panel, Load profile; two snapshots can be compared.',
      extension: 'heapsnapshot',
      defaultSeconds: null,
    },
  ],
  [
    'runtime',
    {
      title: 'Runtime summary',
      about: 'Event loop, CPU, garbage collection, memory and open handles, watched for a moment.',
      howToOpen: 'JSON, to be read as it is.',
      defaultSeconds: 1,
    },
  ],
]);
