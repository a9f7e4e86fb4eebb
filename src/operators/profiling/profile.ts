/** What can be looked at in a running process. */
export type ProfileKind = 'cpu' | 'heap' | 'heap-sampling' | 'runtime';

export interface ProfileOptions {
  /** How long to watch; a heap snapshot shows one instant and takes no notice of it. */
  readonly seconds: number;
}

/**
 * What came of it. All members survive a message between processes: a heap snapshot is left in a file, since it is as
 * large as the heap it shows; whoever is told of the file reads it and removes it.
 */
export type ProfileResult =
  | { readonly outcome: 'text'; readonly text: string }
  | { readonly outcome: 'file'; readonly path: string }
  /** One profile at a time; they slow the process down, and would show each other. */
  | { readonly outcome: 'busy'; readonly running: ProfileKind }
  | { readonly outcome: 'no_such_worker' };

/**
 * Takes a profile in one of the service's processes.
 *
 * @param worker - its number; undefined for whichever process got the request
 * @param kind - what to look at
 * @param options - for how long
 */
export type RunProfile = (
  worker: number | undefined,
  kind: ProfileKind,
  options: ProfileOptions,
) => Promise<ProfileResult>;

/** No profile takes longer: it grows with every second, and so does what it costs. */
const SECONDS_LIMIT = 60;

/** What remains of a request's time for ending the profile and writing it out. */
const WRITING_SECONDS = 2;

/**
 * The longest profile that still can be answered in time.
 *
 * @param timeoutMs - how long a request may take
 * @returns whole seconds, at least 1
 */
export function profileSecondsLimit(timeoutMs: number): number {
  return Math.max(1, Math.min(SECONDS_LIMIT, Math.floor(timeoutMs / 1000) - WRITING_SECONDS));
}
