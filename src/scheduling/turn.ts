/**
 * At the end of an event loop turn all input is read. Requests start first, then the batches that they joined are sent.
 * In the other order a request would miss the batch of its own turn.
 */

let beginnings: (() => Promise<void>)[] = [];
let batches: (() => void)[] = [];
let isScheduled = false;

/** Starts requests at the end of this turn. */
export function beginAtEndOfTurn(begin: () => Promise<void>): void {
  beginnings.push(begin);
  schedule();
}

/** Sends a batch at the end of this turn, after the requests of the turn have joined it. */
export function sendAtEndOfTurn(send: () => void): void {
  batches.push(send);
  schedule();
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(() => void run());
}

async function run(): Promise<void> {
  const begun = beginnings;
  beginnings = [];
  for (const begin of begun) await begin();
  // nextTick callbacks run after all promise callbacks, so every started request has joined its batch.
  process.nextTick(() => {
    const sent = batches;
    batches = [];
    isScheduled = false;
    if (beginnings.length > 0) schedule();
    for (const send of sent) send();
  });
}

const TIMEOUT_STEPS = 10;

/**
 * Like `setTimeout`, but a stall of this process counts for at most a tenth of the time: what arrived meanwhile is read
 * before the callback runs. `clearTimeout` cancels it.
 */
export function setTimeoutWithoutStalls(callback: () => void, ms: number): NodeJS.Timeout {
  let left = TIMEOUT_STEPS;
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    callback();
  }, ms / TIMEOUT_STEPS);
  return timer;
}
