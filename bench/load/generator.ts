/** The load generator: a separate process, so that it can be pinned to its own core. Jobs arrive over IPC. */
import type { FromGenerator, ToGenerator } from './protocol.js';
import { type PreparedRun, prepare } from './run.js';

let prepared: PreparedRun | null = null;

process.on('message', (message: ToGenerator) => {
  handle(message).catch((error: unknown) => {
    const errors = { [`the generator failed: ${error instanceof Error ? error.message : error}`]: 1 };
    reply({
      kind: 'result',
      result: { requests: 0, shed: 0, seconds: 0, errors, generatorCpuShare: 0, latencyMs: null },
    });
  });
});

// The harness is gone: the load is no longer needed.
process.on('disconnect', () => process.exit(0));

async function handle(message: ToGenerator): Promise<void> {
  if (message.kind === 'prepare') {
    prepared = await prepare(message.job);
    reply({ kind: 'ready' });
  } else if (prepared !== null) {
    const run = prepared;
    prepared = null;
    reply({ kind: 'result', result: await run.run() });
  }
}

function reply(message: FromGenerator): void {
  process.send?.(message);
}
