import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { CountBatch, HitBatch } from '../http/limit/stores.js';
import type { DrainOptions, DrainOutcome } from '../http/transport/connections.js';
import type { MetricsSnapshot } from '../observe/metrics.js';
import { openChannel, type Remote, sendConnection } from './channel.js';

export interface Accepted {
  readonly listener: string;
  readonly socket: Socket;
}

/** `code` is null if a signal ended it. */
export interface WorkerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** How long it was ready; 0 if it never was. */
  readonly ranMs: number;
  /** The outcome of its drain, or null. */
  readonly drained: DrainOutcome | null;
  /** Connections sent to it that it did not receive. */
  readonly returned: readonly Accepted[];
  /** Why the system could not start it, for example for lack of memory. */
  readonly error?: unknown;
}

export function notStarted(error: unknown): WorkerExit {
  return { code: 1, signal: null, ranMs: 0, drained: null, returned: [], error };
}

export interface WorkerOptions {
  readonly slot: number;
  readonly child: ChildProcess;
  readonly services: PrimaryServices;
  readonly heartbeat: HeartbeatOptions;
  readonly onReady: (worker: WorkerProcess) => void;
  /** Called when it may be able to receive connections again. */
  readonly onReceiving: () => void;
  /** Called once, however it ended. */
  readonly onExit: (worker: WorkerProcess, exit: WorkerExit) => void;
}

/**
 * A worker with this number of unreceived connections gets no more. Node sends sockets one at a time, so further ones
 * would only wait in Node's queue.
 */
const UNRECEIVED_LIMIT = 2;

/** Shorter than a worker waits for its primary, which may call other workers. */
const REPLY_TIMEOUT_MS = 3000;

/** As seen by its primary. */
export class WorkerProcess {
  /** The index of the worker, from 0, which its replacement keeps. */
  readonly slot: number;
  readonly #child: ChildProcess;
  readonly #heartbeat: Heartbeat;
  /** What it does when asked. */
  readonly remote: Remote<WorkerMethods>;
  #unreceived: { readonly id: number; readonly accepted: Accepted }[] = [];
  #lastId = 0;
  #openCount = 0;
  #readyAtMs: number | null = null;
  #drained: DrainOutcome | null = null;

  constructor({ slot, child, services, heartbeat, onReady, onReceiving, onExit }: WorkerOptions) {
    this.slot = slot;
    this.#child = child;
    this.#heartbeat = new Heartbeat(heartbeat);
    const methods: PrimaryMethods = {
      ...services,
      ready: () => {
        this.#heartbeat.beat();
        this.#readyAtMs = performance.now();
        onReady(this);
      },
      alive: (lastId, openCount) => {
        this.#heartbeat.beat();
        this.#openCount = openCount;
        // The worker has its own handles now. A connection that it lost for lack of file descriptors ends here.
        for (const { id, accepted } of this.#unreceived) if (id <= lastId) accepted.socket.destroy();
        this.#unreceived = this.#unreceived.filter(({ id }) => id > lastId);
        onReceiving();
      },
      excuse: (forMs) => this.#heartbeat.excuse(forMs),
      drained: (outcome) => {
        this.#drained = outcome;
      },
    };
    this.remote = openChannel<WorkerMethods, PrimaryMethods>(child, { methods, timeoutMs: REPLY_TIMEOUT_MS });
    // Node may emit 'exit' before the last messages, which say what it has received.
    child.on('close', (code, signal) => {
      if (child.pid !== undefined) this.#end(onExit, code, signal);
    });
    child.on('error', (error) => {
      // Otherwise its channel broke, and its exit follows.
      if (child.pid === undefined) onExit(this, notStarted(error));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isReady(): boolean {
    return this.#readyAtMs !== null;
  }

  /** Whether it is ready, receives connections in time, and sends heartbeats. */
  get canReceive(): boolean {
    return this.isReady && this.#unreceived.length < UNRECEIVED_LIMIT && !this.#heartbeat.isSilent;
  }

  /** Its open connections, as last reported, and those sent to it. */
  get connectionCount(): number {
    return this.#openCount + this.#unreceived.length;
  }

  handOver(accepted: Accepted): void {
    this.#lastId += 1;
    this.#unreceived.push({ id: this.#lastId, accepted });
    const { listener, socket } = accepted;
    sendConnection(this.#child, { kind: 'connection', id: this.#lastId, listener }, socket);
  }

  /** Called once a heartbeat period, also while it starts. Returns the time since its last heartbeat, ms; null if it does not hang. */
  hangsForMs(): number | null {
    return this.#heartbeat.tick();
  }

  kill(): void {
    // Without a process, Node would signal its own group.
    if (this.pid !== undefined) this.#child.kill('SIGKILL');
  }

  #end(onExit: WorkerOptions['onExit'], code: number | null, signal: NodeJS.Signals | null): void {
    const ranMs = this.#readyAtMs === null ? 0 : performance.now() - this.#readyAtMs;
    this.#readyAtMs = null;
    const returned = this.#unreceived.map(({ accepted }) => accepted);
    this.#unreceived = [];
    onExit(this, { code, signal, ranMs, drained: this.#drained, returned });
  }
}

export interface WorkerMethods {
  /** No connection follows: finish accepted requests, close the repository, and exit. */
  drain(options: DrainOptions): void;
  metrics(): Promise<MetricsSnapshot>;
  takeBackHits(key: string): number;
}

export interface PrimaryServices {
  countHits(hits: HitBatch): Promise<CountBatch>;
  metrics(): Promise<string>;
}

export interface PrimaryMethods extends PrimaryServices {
  ready(): void;
  /** Heartbeat, sent once per period, and when connections up to `lastId` have arrived. */
  alive(lastId: number, openCount: number): void;
  /** Allows the event loop to be blocked for this long, by an operation that was requested; 0 ends that. */
  excuse(forMs: number): void;
  /** All is done, and the process exits. */
  drained(outcome: DrainOutcome): void;
}

export interface HeartbeatOptions {
  /** How often a worker sends a heartbeat, and the primary checks for it. */
  readonly periodMs: number;
  /** A worker without a heartbeat for this time hangs. */
  readonly limitMs: number;
}

/** No healthy event loop pauses for half a minute, and few clients wait for longer. */
export const HEARTBEAT: HeartbeatOptions = { periodMs: 1000, limitMs: 30_000 };

/** Two missed heartbeats: the worker is busy with something long. */
const SILENT_PERIODS = 2.5;

/** Detects by missing heartbeats that a worker's event loop hangs. */
export class Heartbeat {
  #silentMs = 0;
  #excusedMs = 0;

  constructor(private readonly options: HeartbeatOptions) {}

  beat(): void {
    this.#silentMs = 0;
  }

  /** Allows this much more time without a heartbeat. The call itself counts as one. */
  excuse(forMs: number): void {
    this.#excusedMs = forMs;
    this.beat();
  }

  /**
   * Called once per period in which the primary itself ran, so that a paused machine does not count. Returns the time
   * since the last heartbeat, ms, if the worker hangs and must be killed; otherwise null.
   */
  tick(): number | null {
    const { periodMs, limitMs } = this.options;
    this.#silentMs += periodMs;
    if (this.#silentMs < limitMs + this.#excusedMs) return null;
    const hangsForMs = this.#silentMs;
    // It takes a moment to die, and must not be killed and counted twice.
    this.beat();
    return hangsForMs;
  }

  /** Whether new connections should go to other workers. */
  get isSilent(): boolean {
    return this.#silentMs > SILENT_PERIODS * this.options.periodMs;
  }
}

/** Skips periods in which this process itself was blocked for half the time. @returns a function that stops it */
export function everyPeriod(periodMs: number, onTick: () => void): () => void {
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const isOnTime = nowMs - lastMs <= 1.5 * periodMs;
    lastMs = nowMs;
    if (isOnTime) onTick();
  }, periodMs);
  return () => clearInterval(timer);
}
