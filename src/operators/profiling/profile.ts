/** What can be looked at in a running process. */
export type ProfileKind = 'cpu' | 'heap';

export interface ProfileOptions {
  /** How long to watch; a heap snapshot shows one instant and ignores it. */
  readonly seconds: number;
}

/** A profile, of the worker that is named. */
export interface ProfileRequest {
  readonly worker: number;
  readonly kind: ProfileKind;
  readonly options: ProfileOptions;
}

/**
 * What came of it. All fields survive a message between processes: a heap snapshot is left in a file, since it is as
 * large as the heap it shows; whoever is told of the file reads it and removes it.
 */
export type ProfileResult =
  | { readonly outcome: 'text'; readonly text: string }
  | { readonly outcome: 'file'; readonly path: string }
  /** One profile at a time; they slow the process down, and would show each other. */
  | { readonly outcome: 'busy'; readonly running: ProfileKind }
  | { readonly outcome: 'no_such_worker' };

/** No profile takes longer: it grows with every second, and so does what it costs. */
const SECONDS_LIMIT = 60;

/** What remains of a request's time to end the profile and to write it out. */
const WRITING_SECONDS = 2;

/**
 * The longest profile whose response is still in time.
 *
 * @param timeoutMs - how long a request may take
 * @returns whole seconds, at least 1
 */
export function profileSecondsLimit(timeoutMs: number): number {
  return Math.max(1, Math.min(SECONDS_LIMIT, Math.floor(timeoutMs / 1000) - WRITING_SECONDS));
}
