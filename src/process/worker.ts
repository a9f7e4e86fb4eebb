import type { Socket } from 'node:net';
import type { DrainOptions, DrainOutcome } from '../http/transport/connections.js';
import { type ConnectionMessage, openChannel, type ProcessPort, type Remote } from './channel.js';
import { HEARTBEAT } from './heartbeat.js';
import { ignoreStopSignals, type SignalSource } from './shutdown.js';
import type { PrimaryMethods, WorkerMethods } from './worker-process.js';

/** What a worker process does, once it is started. */
export interface WorkerService extends Pick<WorkerMethods, 'metrics' | 'takeBackHits'> {
  /** Serves a connection; `listener` is the name of the primary's listener it came by. */
  adopt(listener: string, socket: Socket): void;
  /** Responds to what was accepted, then closes all that is open. */
  drain(options: DrainOptions): Promise<DrainOutcome>;
}

export interface WorkerOptions {
  /** This process's end of the channel to its primary: `process`. */
  readonly port: ProcessPort;
  readonly signals: SignalSource;
  readonly exit: (code: number) => void;
  /** Starts the service. It may call the primary at once, and for as long as it runs. */
  readonly start: (primary: Remote<PrimaryMethods>) => Promise<WorkerService>;
  /** How often it sends its primary a heartbeat, ms. */
  readonly heartbeatMs?: number;
}

/** Without a primary nobody sends connections, and the next one's port and database should be free soon. */
const ORPHAN_DRAIN: DrainOptions = { graceMs: 100, deadlineMs: 2000 };

const REPLY_TIMEOUT_MS = 5000;

/**
 * The life of a worker process, from its start to its exit.
 *
 * @throws what `start` throws: the caller says so, and exits with 1 or 2
 */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { port, signals, exit, start, heartbeatMs = HEARTBEAT.periodMs } = options;
  let service: WorkerService | null = null;
  let isDraining = false;
  let lastId = 0;
  let openCount = 0;
  let isReporting = false;

  ignoreStopSignals(signals);
  const primary = openChannel<PrimaryMethods, WorkerMethods>(port, {
    methods: {
      drain: (drainOptions) => void drain(drainOptions, 0),
      metrics: async () => (await service?.metrics()) ?? [],
      takeBackHits: (key) => service?.takeBackHits(key) ?? 0,
    },
    timeoutMs: REPLY_TIMEOUT_MS,
    onConnection: adopt,
    onGone: () => void drain(ORPHAN_DRAIN, 1),
  });
  setInterval(report, heartbeatMs).unref();
  service = await start(primary);
  void primary.ready.asEvent();

  function adopt({ id, listener }: ConnectionMessage, socket: Socket | null): void {
    lastId = id;
    // In the same turn of the event loop, so before a byte of the connection is read: until this report the primary
    // may give it to another worker.
    if (!isReporting) setImmediate(report);
    isReporting = true;
    if (!socket) return;
    openCount += 1;
    socket.once('close', () => {
      openCount -= 1;
    });
    if (service) service.adopt(listener, socket);
    else socket.destroy();
  }

  function report(): void {
    isReporting = false;
    void primary.alive.asEvent(lastId, openCount);
  }

  async function drain({ graceMs, deadlineMs }: DrainOptions, exitCode: number): Promise<void> {
    if (isDraining) return;
    isDraining = true;
    // A worker that has not started was handed nothing.
    const outcome = service ? await service.drain({ graceMs, deadlineMs }).catch(() => 'failed' as const) : 'clean';
    // Whether the primary knows is all the same to a process that ends.
    if (outcome !== 'failed' && port.connected) await primary.drained(outcome).catch(() => {});
    exit(outcome === 'failed' ? 1 : exitCode);
  }
}
