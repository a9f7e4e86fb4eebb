import type { Socket } from 'node:net';
import type { DrainOptions, DrainOutcome } from '../http/transport/connections.js';
import { type Channel, createChannel, type ProcessPort } from './channel.js';
import { HEARTBEAT } from './heartbeat.js';
import type { Message } from './messages.js';
import { ignoreStopSignals, type SignalSource } from './signals.js';

/** What a worker process does, once it is started. */
export interface WorkerService {
  /** Serves a connection; `listener` is the name of the primary's listener it came by. */
  adopt(listener: string, socket: Socket): void;
  /** Answers what was accepted, then closes all that is open. */
  drain(options: DrainOptions): Promise<DrainOutcome>;
}

export interface WorkerOptions {
  /** This process's end of the channel to its primary: `process`. */
  readonly port: ProcessPort;
  readonly signals: SignalSource;
  readonly exit: (code: number) => void;
  /** Starts the service. It may use the channel at once, and for as long as it runs. */
  readonly start: (channel: Channel) => Promise<WorkerService>;
  /** How often it gives its primary a sign of life, ms. */
  readonly heartbeatMs?: number;
}

/** Without a primary nobody sends connections, and the next one's port and database should be free soon. */
const ORPHAN_DRAIN: DrainOptions = { graceMs: 100, deadlineMs: 2000 };

/** Connections that close within this time are reported together, ms. */
const REPORT_CLOSED_AFTER_MS = 10;

/**
 * The life of a worker process, from its start to its exit.
 *
 * @param options - see `WorkerOptions`
 * @returns resolves when the service has started
 * @throws what `start` throws: the caller says so, and exits with 1 or 2
 */
export async function runWorker({
  port,
  signals,
  exit,
  start,
  heartbeatMs = HEARTBEAT.periodMs,
}: WorkerOptions): Promise<void> {
  let service: WorkerService | null = null;
  let isDraining = false;
  let lastId = 0;
  let openCount = 0;
  let closeReport: NodeJS.Timeout | null = null;
  let adoptReport: NodeJS.Immediate | null = null;

  ignoreStopSignals(signals);
  const channel = createChannel(port, { onMessage, onGone: () => void drain(ORPHAN_DRAIN, 1) });
  setInterval(() => channel.send({ kind: 'alive' }), heartbeatMs).unref();
  service = await start(channel);
  channel.send({ kind: 'ready' });

  function onMessage(message: Message, socket: Socket | null): void {
    if (message.kind === 'connection') adopt(message.id, message.listener, socket);
    else if (message.kind === 'drain') void drain(message, 0);
  }

  function adopt(id: number, listener: string, socket: Socket | null): void {
    lastId = id;
    // In the same turn of the event loop, so before a byte of the connection is read: until this report the primary
    // may give it to another worker.
    adoptReport ??= setImmediate(report);
    if (!socket) return;
    openCount += 1;
    socket.once('close', onClose);
    if (service) service.adopt(listener, socket);
    else socket.destroy();
  }

  function onClose(): void {
    openCount -= 1;
    closeReport ??= setTimeout(report, REPORT_CLOSED_AFTER_MS).unref();
  }

  function report(): void {
    if (closeReport) clearTimeout(closeReport);
    if (adoptReport) clearImmediate(adoptReport);
    closeReport = adoptReport = null;
    channel.send({ kind: 'connections', lastId, open: openCount });
  }

  async function drain({ graceMs, deadlineMs }: DrainOptions, exitCode: number): Promise<void> {
    if (isDraining) return;
    isDraining = true;
    // A worker that has not started was handed nothing.
    const outcome = service ? await service.drain({ graceMs, deadlineMs }).catch(() => 'failed' as const) : 'clean';
    if (outcome === 'failed') exit(1);
    else channel.send({ kind: 'drained', outcome }, undefined, () => exit(exitCode));
  }
}
