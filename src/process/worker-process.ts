import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { CountBatch, HitBatch } from '../http/limit/stores.js';
import type { DrainOptions, DrainOutcome } from '../http/transport/connections.js';
import type { MetricsSnapshot } from '../observe/metrics.js';
import { openChannel, type Remote, sendConnection } from './channel.js';
import { Heartbeat, type HeartbeatOptions } from './heartbeat.js';

/** A connection that the primary accepted, and no worker has yet. */
export interface Accepted {
  readonly listener: string;
  readonly socket: Socket;
}

/** How a worker process ended; `code` is null if a signal ended it. */
export interface WorkerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** How long it was ready, ms; 0 if it never was. */
  readonly ranMs: number;
  /** What it reported when it had drained, or null. */
  readonly drained: DrainOutcome | null;
  /** Connections that were meant for it, which it did not receive. */
  readonly returned: readonly Accepted[];
}

export interface WorkerOptions {
  readonly slot: number;
  readonly child: ChildProcess;
  readonly services: PrimaryServices;
  readonly heartbeat: HeartbeatOptions;
  readonly onReady: (worker: WorkerProcess) => void;
  /** It may be able to receive connections, where it was not before. */
  readonly onReceiving: () => void;
  /** Called once, whatever ended it. */
  readonly onExit: (worker: WorkerProcess, exit: WorkerExit) => void;
}

/**
 * A worker that has not received this number of connections yet is busy: the next wait for whichever worker is first. Node
 * sends one socket at a time and waits until it was received, so more would only wait in its queue instead.
 */
const ON_ITS_WAY_LIMIT = 2;

/** Less than a worker waits for its primary, which asks others on its behalf. */
const REPLY_TIMEOUT_MS = 3000;

/** A worker process, as its primary sees it. */
export class WorkerProcess {
  /** Stays the same when the worker is replaced, from 0. */
  readonly slot: number;
  readonly #child: ChildProcess;
  readonly #heartbeat: Heartbeat;
  readonly #methods: Remote<WorkerMethods>;
  #onItsWay: { readonly id: number; readonly accepted: Accepted }[] = [];
  #lastId = 0;
  #openCount = 0;
  #readyAtMs: number | null = null;
  #drained: DrainOutcome | null = null;
  #hasEnded = false;
  // From its first heartbeat: loading the program may take a while.
  #isWatched = false;

  constructor({ slot, child, services, heartbeat, onReady, onReceiving, onExit }: WorkerOptions) {
    this.slot = slot;
    this.#child = child;
    this.#heartbeat = new Heartbeat(heartbeat);
    const methods: PrimaryMethods = {
      ...services,
      ready: () => {
        this.#beat();
        this.#readyAtMs = performance.now();
        onReady(this);
      },
      alive: (lastId, openCount) => {
        this.#beat();
        this.#openCount = openCount;
        this.#received(lastId);
        onReceiving();
      },
      excuse: (forMs) => this.#heartbeat.excuse(forMs),
      drained: (outcome) => {
        this.#drained = outcome;
      },
    };
    this.#methods = openChannel<WorkerMethods, PrimaryMethods>(child, { methods, timeoutMs: REPLY_TIMEOUT_MS });
    child.on('exit', (code, signal) => this.#end(onExit, code, signal));
    child.on('error', () => {
      // Either it was never started, or its channel broke, in which case its exit follows.
      if (child.pid === undefined) this.#end(onExit, 1, null);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isReady(): boolean {
    return this.#readyAtMs !== null;
  }

  /** Whether it is ready, and neither late in receiving connections nor silent. */
  get canReceive(): boolean {
    return this.isReady && this.#onItsWay.length < ON_ITS_WAY_LIMIT && !this.#heartbeat.isSilent;
  }

  /** Connections it has open, as far as it has reported, and those on their way to it. */
  get connectionCount(): number {
    return this.#openCount + this.#onItsWay.length;
  }

  handOver(accepted: Accepted): void {
    this.#lastId += 1;
    this.#onItsWay.push({ id: this.#lastId, accepted });
    const { listener, socket } = accepted;
    sendConnection(this.#child, { kind: 'connection', id: this.#lastId, listener }, socket);
  }

  drain(options: DrainOptions): void {
    void this.#methods.drain.asEvent(options);
  }

  metrics(): Promise<MetricsSnapshot> {
    return this.#methods.metrics();
  }

  takeBackHits(key: string): Promise<number> {
    return this.#methods.takeBackHits(key);
  }

  /**
   * Whether its event loop hangs; to be asked once a heartbeat's period.
   *
   * @returns how long it has been silent, ms; null if it does not hang
   */
  hangsForMs(): number | null {
    return this.#isWatched ? this.#heartbeat.tick() : null;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #beat(): void {
    this.#isWatched = true;
    this.#heartbeat.beat();
  }

  #received(lastId: number): void {
    // The worker has its own hold on them now. One that was lost on its way, because there was no file descriptor there, ends.
    for (const { id, accepted } of this.#onItsWay) if (id <= lastId) accepted.socket.destroy();
    this.#onItsWay = this.#onItsWay.filter(({ id }) => id > lastId);
  }

  #end(onExit: WorkerOptions['onExit'], code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const ranMs = this.#readyAtMs === null ? 0 : performance.now() - this.#readyAtMs;
    this.#readyAtMs = null;
    const returned = this.#onItsWay.map(({ accepted }) => accepted);
    this.#onItsWay = [];
    onExit(this, { code, signal, ranMs, drained: this.#drained, returned });
  }
}

/** What a worker does for its primary. */
export interface WorkerMethods {
  /** No connection follows: respond to what was accepted, close the repository, and exit. */
  drain(options: DrainOptions): void;
  metrics(): Promise<MetricsSnapshot>;
  /** Gives back the hits of a client that were granted to it and that it has not given out. */
  takeBackHits(key: string): number;
}

/** What the primary does for all workers. */
export interface PrimaryServices {
  countHits(hits: HitBatch): Promise<CountBatch>;
  metrics(): Promise<string>;
}

/** What a worker calls in its primary: services, and what it reports of itself. */
export interface PrimaryMethods extends PrimaryServices {
  /** Connections can come. */
  ready(): void;
  /**
   * Its event loop turns. It says so once a period, and when it was handed connections.
   *
   * @param lastId - it has the connections up to this one
   * @param openCount - the number of connections it has open
   */
  alive(lastId: number, openCount: number): void;
  /** Its event loop may stand still for this much longer, ms, over something that was asked for; 0 ends that. */
  excuse(forMs: number): void;
  /** All is done, and the process ends. */
  drained(outcome: DrainOutcome): void;
}
