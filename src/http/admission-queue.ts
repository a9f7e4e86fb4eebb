export interface AdmissionQueueOptions {
  /** How long requests are worked on before whatever else has arrived is read, ms. */
  readonly sliceMs?: number;
  /** Slices are longer where other things take longer, but never longer than this, ms. */
  readonly longestSliceMs?: number;
  /** So many requests may wait in any case. */
  readonly minQueueLength?: number;
  /** A queue that stands for so long is congestion; a burst is over sooner. ms. */
  readonly intervalMs?: number;
  /** In congestion a request that waited for so long is refused rather than begun, ms. */
  readonly maxQueueDelayMs?: number;
  /** Congestion is over when nothing was refused, and no queue stood, for so long, ms. */
  readonly recoveryMs?: number;
  /** Monotonic time, ms. */
  readonly now?: () => number;
}

/** Decides when a request is worked on, and which requests there is no time for. */
export interface AdmissionQueue {
  /**
   * Whether a request is let in: at once, or when its turn has come. To be called once for each.
   *
   * @param nowMs - monotonic time
   */
  admit(nowMs: number): boolean | Promise<boolean>;
  /** Whether no more may wait than in any case, or than is done in a slice. */
  readonly isCongested: boolean;
}

interface Waiting {
  readonly sinceMs: number;
  readonly decide: (isLetIn: boolean) => void;
}

/**
 * A sixth of the 50 ms in which a health check should be answered: it waits for a slice, a commit, and the reading of what
 * came before it.
 */
const SLICE_MS = 8;
/**
 * A slice may take as long as what happened between the one before and it: where a commit waits 20 ms for its disk, say,
 * it should be a commit of many. This is where that ends.
 */
const LONGEST_SLICE_MS = 25;
/**
 * Fewer connections than this are no flood, even where a busy neighbour on the machine makes everything slow: their
 * clients do better with answers that are slow.
 */
const MIN_QUEUE_LENGTH = 256;
const INTERVAL_MS = 100;
const MAX_QUEUE_DELAY_MS = 250;
/** Longer than connections are held back: their clients come again. */
const RECOVERY_MS = 2000;

/**
 * A queue of requests in front of the work, so that it is done in slices: between two of them the event loop reads what
 * has arrived. Probes do not queue, and are answered within a slice or two however much waits. Without the queue
 * requests would be handled one after another in the turn of the event loop in which they were read, and everything
 * else would wait in the buffers of the sockets, unseen.
 *
 * A request is worked on at once as long as nobody waits and the turn was short. Where the queue does not become empty
 * for an interval, a queue stands, and what is then too much for it is refused at the cost of a head and an error. Until
 * then it may grow, so that bursts are served. This is CoDel's idea (RFC 8289), a standing queue rather than a long
 * one, in the simple form of Maurer, "Fail at Scale", ACM Queue 13(8), 2015.
 *
 * @param options - see `AdmissionQueueOptions`
 */
export function createAdmissionQueue({
  sliceMs = SLICE_MS,
  longestSliceMs = LONGEST_SLICE_MS,
  minQueueLength = MIN_QUEUE_LENGTH,
  intervalMs = INTERVAL_MS,
  maxQueueDelayMs = MAX_QUEUE_DELAY_MS,
  recoveryMs = RECOVERY_MS,
  now = () => performance.now(),
}: AdmissionQueueOptions = {}): AdmissionQueue {
  let queue: Waiting[] = [];
  /** Those of `queue` before it were decided on. */
  let head = 0;
  let isTurnScheduled = false;
  let turnBeganMs = 0;
  /** When the last slice was over, where requests were left; null where none were. */
  let leftSinceMs: number | null = null;
  let hasRefused = false;
  /** How many requests are done in a slice, as far as is known. */
  let doneInSlice = 0;
  let standsSinceMs: number | null = null;
  let lastTroubleMs = 0;
  let isCongested = false;

  function scheduleTurn(nowMs: number): void {
    if (isTurnScheduled) return;
    isTurnScheduled = true;
    turnBeganMs = nowMs;
    setImmediate(endTurn);
  }

  function mayWait(nowMs: number): boolean {
    const waiting = queue.length - head;
    if (waiting < minQueueLength) return true;
    if (isCongested) return waiting < doneInSlice;
    const first = queue[head];
    return first === undefined || nowMs - first.sinceMs <= intervalMs;
  }

  /** Runs right behind the phase in which sockets are read, once a turn while there are requests. */
  async function endTurn(): Promise<void> {
    const beganMs = now();
    const waiting = queue.length - head;
    const budgetMs =
      leftSinceMs === null ? sliceMs : Math.max(sliceMs, Math.min(beganMs - leftSinceMs, longestSliceMs));
    let decided = 0;
    let done = 0;
    while (head < queue.length && (decided === 0 || now() - beganMs <= budgetMs)) {
      if (decideNext(beganMs)) done += 1;
      decided += 1;
      // What it does until it waits for something is done before the clock is looked at.
      await null;
    }
    if (head === queue.length) {
      queue = [];
      head = 0;
    } else if (head > queue.length / 2) {
      queue = queue.slice(head);
      head = 0;
    }
    isTurnScheduled = queue.length > 0;
    lookBack(decided < waiting, waiting, done);
    leftSinceMs = queue.length > 0 ? now() : null;
    if (isTurnScheduled) setImmediate(endTurn);
  }

  /** @returns whether it was let in */
  function decideNext(nowMs: number): boolean {
    const next = queue[head];
    const isTooLate =
      isCongested &&
      next !== undefined &&
      nowMs - next.sinceMs > maxQueueDelayMs &&
      queue.length - head > minQueueLength;
    head += 1;
    next?.decide(!isTooLate);
    return !isTooLate;
  }

  /**
   * @param isLeft - whether the slice was over before the queue was
   * @param waiting - how many waited when it began
   * @param done - how many it let in
   */
  function lookBack(isLeft: boolean, waiting: number, done: number): void {
    const nowMs = now();
    if (!isLeft) standsSinceMs = null;
    else {
      doneInSlice = done;
      if (waiting > minQueueLength) {
        standsSinceMs ??= nowMs;
        lastTroubleMs = nowMs;
        if (nowMs - standsSinceMs >= intervalMs) isCongested = true;
      }
    }
    if (hasRefused) lastTroubleMs = nowMs;
    hasRefused = false;
  }

  function endCongestion(nowMs: number): void {
    if (isCongested && queue.length === 0 && nowMs - lastTroubleMs > recoveryMs) isCongested = false;
  }

  return {
    admit(nowMs) {
      scheduleTurn(nowMs);
      endCongestion(nowMs);
      if (queue.length === 0 && !isCongested && nowMs - turnBeganMs <= sliceMs) return true;
      if (!mayWait(nowMs)) {
        hasRefused = true;
        return false;
      }
      return new Promise((decide) => {
        queue.push({ sinceMs: nowMs, decide });
      });
    },
    get isCongested() {
      return isCongested;
    },
  };
}
