import { createLogger } from '../../src/observe/logger.js';
import { createSink } from '../../src/observe/sink.js';

/**
 * A process that logs more than a pipe holds, then exits cleanly; `sink.test.ts` is its reader. It reports dropped
 * lines and the longest block of the event loop on standard error.
 */
const lines = Number(process.argv[2]);
const limitBytes = Number(process.argv[3]);
const flushTimeoutMs = Number(process.argv[4]);

let dropped = 0;
let heldUpMs = 0;
const sink = createSink({
  fd: 1,
  limitBytes,
  onDrop: (count) => {
    dropped += count;
  },
});
const logger = createLogger({ level: 'info', sink });

let lastMs = performance.now();
for (let number = 0; number < lines; number += 1) {
  logger.info('line', { number, padding: 'x'.repeat(200) });
  if (number % 100 === 0) {
    await new Promise(setImmediate);
    heldUpMs = Math.max(heldUpMs, performance.now() - lastMs);
    lastMs = performance.now();
  }
}
await logger.flush(flushTimeoutMs);
logger.flushSync(100);
process.stderr.write(JSON.stringify({ dropped, heldUpMs }), () => process.exit(0));
