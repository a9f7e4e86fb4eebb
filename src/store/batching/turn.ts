/**
 * The end of a turn of the event loop, when everything that has arrived is read. Requests begin first. Then the batches that they
 * joined are sent. In another order a request would miss the batch of its own turn.
 */

let beginnings: (() => Promise<void>)[] = [];
let batches: (() => void)[] = [];
let isScheduled = false;

/**
 * Lets requests begin at the end of this turn.
 *
 * @param begin - lets requests begin
 */
export function beginAtEndOfTurn(begin: () => Promise<void>): void {
  beginnings.push(begin);
  schedule();
}

/**
 * Sends a batch at the end of this turn, when every request that began in it waits for something.
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
  // A tick runs after all promises, so by then every request that began has joined its batch.
  process.nextTick(() => {
    const sent = batches;
    batches = [];
    isScheduled = false;
    if (beginnings.length > 0) schedule();
    for (const send of sent) send();
  });
}
