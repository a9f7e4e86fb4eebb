import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { DrainOptions, DrainOutcome } from '../http/transport/connections.js';
import { type Channel, createChannel } from './channel.js';
import { createHeartbeat, type HeartbeatOptions } from './heartbeat.js';
import { processState } from './process-state.js';

/** A connection that the primary accepted, and no worker has yet. */
export interface Accepted {
  readonly listener: string;
  readonly socket: Socket;
}

/** How a worker process ended; `code` is null where a signal ended it. */
export interface WorkerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** How long it was ready, ms; 0 where it never was. */
  readonly ranMs: number;
  /** What it reported when it had drained, or null. */
  readonly drained: DrainOutcome | null;
  /** Connections that were meant for it, which it did not receive. */
  readonly returned: readonly Accepted[];
}

export interface WorkerEvents {
  readonly onReady: () => void;
  /** It may be able to receive connections, where it was not before. */
  readonly onReceiving: () => void;
  /** Called once, whatever ended it. */
  readonly onExit: (exit: WorkerExit) => void;
}

/** A worker process, as its primary sees it. */
export interface WorkerProcess {
  /** Stays the same when the worker is replaced, from 0. */
  readonly slot: number;
  readonly pid: number | undefined;
  readonly channel: Channel;
  readonly isReady: boolean;
  /** Whether it is ready, and neither behind with receiving connections nor silent. */
  readonly canReceive: boolean;
  /** Connections it has open, as far as it has reported, and those on their way to it. */
  readonly connectionCount: number;
  handOver(accepted: Accepted): void;
  drain(options: DrainOptions): void;
  /**
   * Whether its event loop hangs; to be asked once a heartbeat's period.
   *
   * @param lateMs - by how much this is late
   * @returns how long it has been silent, ms; null where it does not hang
   */
  hangsForMs(lateMs: number): number | null;
  kill(): void;
}

/**
 * A worker that is so many connections behind is busy: the next wait for whichever worker is first. Node sends one
 * socket at a time and waits until it was received, so that more would only wait in its queue instead.
 */
const ON_ITS_WAY_LIMIT = 2;

/**
 * Watches over a process that was just forked.
 *
 * @param slot - which place it fills
 * @param child - the process
 * @param events - who is told
 * @param heartbeatOptions - when it is taken to hang
 */
export function superviseWorker(
  slot: number,
  child: ChildProcess,
  events: WorkerEvents,
  heartbeatOptions: HeartbeatOptions = {},
): WorkerProcess {
  let onItsWay: { readonly id: number; readonly accepted: Accepted }[] = [];
  let lastId = 0;
  let readyAtMs: number | null = null;
  let openCount = 0;
  let drained: DrainOutcome | null = null;
  let hasEnded = false;
  // From its first sign of life: loading the program may take its time.
  let isWatched = false;
  const heartbeat = createHeartbeat(() => (child.pid === undefined ? null : processState(child.pid)), heartbeatOptions);

  const channel = createChannel(child, {
    onMessage(message) {
      isWatched = true;
      heartbeat.beat();
      if (message.kind === 'ready') {
        readyAtMs = performance.now();
        events.onReady();
      } else if (message.kind === 'connections') onConnections(message.lastId, message.open);
      else if (message.kind === 'alive') events.onReceiving();
      else if (message.kind === 'excused') heartbeat.excuse(message.forMs);
      else if (message.kind === 'drained') drained = message.outcome;
    },
  });

  function onConnections(receivedId: number, open: number): void {
    openCount = open;
    // The worker has its own hold on them now. One that was lost on its way, for want of a file descriptor there, ends.
    for (const { id, accepted } of onItsWay) if (id <= receivedId) accepted.socket.destroy();
    onItsWay = onItsWay.filter(({ id }) => id > receivedId);
    events.onReceiving();
  }

  function onEnd(code: number | null, signal: NodeJS.Signals | null): void {
    if (hasEnded) return;
    hasEnded = true;
    const ranMs = readyAtMs === null ? 0 : performance.now() - readyAtMs;
    readyAtMs = null;
    const returned = onItsWay.map(({ accepted }) => accepted);
    onItsWay = [];
    events.onExit({ code, signal, ranMs, drained, returned });
  }

  child.on('exit', onEnd);
  child.on('error', () => {
    // Either it was never started, or its channel broke, in which case its exit follows.
    if (child.pid === undefined) onEnd(1, null);
  });

  return {
    slot,
    pid: child.pid,
    channel,
    get isReady() {
      return readyAtMs !== null;
    },
    get canReceive() {
      return readyAtMs !== null && onItsWay.length < ON_ITS_WAY_LIMIT && !heartbeat.isSilent;
    },
    get connectionCount() {
      return openCount + onItsWay.length;
    },
    handOver(accepted) {
      lastId += 1;
      onItsWay.push({ id: lastId, accepted });
      channel.send({ kind: 'connection', id: lastId, listener: accepted.listener }, accepted.socket);
    },
    drain: (options) => channel.send({ kind: 'drain', ...options }),
    hangsForMs: (lateMs) => (isWatched ? heartbeat.tick(lateMs) : null),
    kill: () => void child.kill('SIGKILL'),
  };
}
