/**
 * The end of a turn of the event loop, once all that has arrived is read: first the requests begin, then the batches are sent that
 * they have joined. Without this order half of the requests would miss their batch by a turn.
 */

let beginnings: (() => Promise<void>)[] = [];
let batches: (() => void)[] = [];
let isScheduled = false;

/**
 * Runs something at the end of this turn.
 *
 * @param begin - lets requests begin
 */
export function beginAtEndOfTurn(begin: () => Promise<void>): void {
  beginnings.push(begin);
  schedule();
}

/**
 * Runs something at the end of this turn, when every request that begins in it has come to where it waits for something.
 *
 * @param send - sends a batch
 */
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
  // A tick comes after all promises: by then the last of the requests has come as far as it gets.
  process.nextTick(() => {
    const sent = batches;
    batches = [];
    isScheduled = false;
    if (beginnings.length > 0) schedule();
    for (const send of sent) send();
  });
}
