import type { Socket } from 'node:net';
import type { DrainOptions, DrainOutcome } from '../http/transport/connections.js';
import { type ConnectionMessage, openChannel, type ProcessPort, type Remote } from './channel.js';
import { onStopSignals, type SignalSource } from './shutdown.js';
import { HEARTBEAT, type PrimaryMethods, type WorkerMethods } from './worker-process.js';

export interface WorkerService extends Pick<WorkerMethods, 'metrics' | 'takeBackHits'> {
  /** Serves a connection; `listener` is the primary's listener that accepted it. */
  adopt(listener: string, socket: Socket): void;
  /** Finishes accepted requests, then closes everything. */
  drain(options: DrainOptions): Promise<DrainOutcome>;
}

export interface WorkerOptions {
  /** `process`. */
  readonly port: ProcessPort;
  readonly signals: SignalSource;
  readonly exit: (code: number) => void;
  /** Starts the service. It may call the primary from then on. */
  readonly start: (primary: Remote<PrimaryMethods>) => Promise<WorkerService>;
  readonly heartbeatMs?: number;
}

/** Without a primary there are no new connections, and the workers of a new one soon need the database's connections. */
const ORPHAN_DRAIN: DrainOptions = { graceMs: 100, deadlineMs: 2000 };
/** A database that does not respond must not keep the process. */
const ORPHAN_EXIT_MS = 3000;

const REPLY_TIMEOUT_MS = 5000;

/** Throws errors of `start`: the caller reports them, and exits with 1 or 2. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { port, signals, exit, start, heartbeatMs = HEARTBEAT.periodMs } = options;
  let service: WorkerService | null = null;
  let isDraining = false;
  let lastId = 0;
  let openCount = 0;
  let isReporting = false;

  // Left to the primary: Ctrl-C and some supervisors signal the whole process group.
  onStopSignals(signals, () => {});
  const primary = openChannel<PrimaryMethods, WorkerMethods>(port, {
    methods: {
      drain: (drainOptions) => void drain(drainOptions, 0),
      metrics: async () => (await service?.metrics()) ?? [],
      takeBackHits: (key) => service?.takeBackHits(key) ?? 0,
    },
    timeoutMs: REPLY_TIMEOUT_MS,
    onConnection: adopt,
    onGone() {
      void drain(ORPHAN_DRAIN, 1);
      setTimeout(exit, ORPHAN_EXIT_MS, 1).unref();
    },
  });
  setInterval(report, heartbeatMs).unref();
  service = await start(primary);
  void primary.ready.asEvent();

  function adopt({ id, listener }: ConnectionMessage, socket: Socket | null): void {
    lastId = id;
    // In the same event loop turn, before the connection is read: until this report the primary may give it to another
    // worker.
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
    // A worker that has not started has no connections.
    const outcome = service ? await service.drain({ graceMs, deadlineMs }).catch(() => 'failed' as const) : 'clean';
    // The process exits whether or not the primary receives this.
    if (outcome !== 'failed' && port.connected) await primary.drained(outcome).catch(() => {});
    exit(outcome === 'failed' ? 1 : exitCode);
  }
}
