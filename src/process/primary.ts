import type { ChildProcess } from 'node:child_process';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { type ListenTarget, startListening, stopListening } from '../http/transport/listening.js';
import type { Logger } from '../observe/logger.js';
import { HandOver } from './hand-over.js';
import { type StopHandlers, shutdownPlan } from './shutdown.js';
import {
  everyPeriod,
  HEARTBEAT,
  type HeartbeatOptions,
  notStarted,
  type PrimaryServices,
  type WorkerExit,
  WorkerProcess,
} from './worker-process.js';

export interface PrimaryOptions {
  readonly workers: number;
  /** Workers get the name of the listener that accepted a connection. */
  readonly listeners: readonly Listener[];
  /** Forks a worker with a channel. `slot`: the index of the worker, from 0, which its replacement keeps. */
  readonly fork: (slot: number) => ChildProcess;
  readonly takeSignals: (handlers: StopHandlers) => void;
  readonly shutdownTimeoutMs: number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly services: PrimaryServices;
  /** When a worker counts as hung, and is killed. */
  readonly heartbeat?: HeartbeatOptions;
  readonly onWorkerExit?: (worker: WorkerProcess) => void;
  /** Called when the first worker is ready and connections are accepted, with addresses in the order of `listeners`. */
  readonly onListening?: (addresses: readonly AddressInfo[]) => void;
}

type State = 'starting' | 'listening' | 'draining' | 'ended';

/**
 * The process that owns the listeners and hands connections to workers. It never uses the repository, so that little in
 * it can fail.
 *
 * Each worker gets connections through its channel; it does not share the listener, as workers of node:cluster do. So
 * no connection is lost if a listener is closed, and `drain` is sent after the last connection.
 */
export function startPrimary(options: PrimaryOptions) {
  const { fork, log, services, heartbeat = HEARTBEAT } = options;
  const plan = shutdownPlan(options.shutdownTimeoutMs);
  const slots = Array.from({ length: options.workers }, (_, index) => ({
    index,
    backoff: createBackoff(),
    worker: null as WorkerProcess | null,
    restart: undefined as NodeJS.Timeout | undefined,
  }));
  type Slot = (typeof slots)[number];
  const handOver = new HandOver(liveWorkers, log);
  const openListeners: { readonly server: Server; readonly address: AddressInfo }[] = [];
  let hasOpened = false;
  let state: State = 'starting';
  let exitCode = 0;
  /** Sends `drain` to all workers; null until the listeners have closed. */
  let drainWorkers: (() => void) | null = null;
  let killTimer: NodeJS.Timeout | undefined;
  const endWatch = everyPeriod(heartbeat.periodMs, killHungWorkers);
  let end: { resolve(code: number): void; reject(error: unknown): void };
  const ended = new Promise<number>((resolve, reject) => {
    end = { resolve, reject };
  });

  function liveWorkers(): readonly WorkerProcess[] {
    return slots.flatMap(({ worker }) => worker ?? []);
  }

  function startWorker(slot: Slot): void {
    slot.restart = undefined;
    if (state === 'ended') return;
    try {
      slot.worker = new WorkerProcess({
        slot: slot.index,
        child: fork(slot.index),
        services,
        heartbeat,
        onReady,
        onReceiving: () => handOver.next(),
        onExit: (worker, exit) => onExit(slot, worker, exit),
      });
    } catch (error) {
      // Node throws some errors, such as ENOMEM, and emits others.
      onExit(slot, null, notStarted(error));
    }
  }

  /** A hung worker serves no requests, and keeps the connections sent to it. */
  function killHungWorkers(): void {
    for (const worker of liveWorkers()) {
      const silentMs = worker.hangsForMs();
      if (silentMs === null) continue;
      log.warn('worker hangs and is killed', { worker: worker.slot, worker_pid: worker.pid, silent_ms: silentMs });
      worker.kill();
    }
  }

  function onReady(worker: WorkerProcess): void {
    log.info('worker ready', { worker: worker.slot, worker_pid: worker.pid });
    handOver.next();
    if (!hasOpened) void openAll();
  }

  async function openAll(): Promise<void> {
    hasOpened = true;
    try {
      for (const { name, where, reject } of options.listeners) {
        // Does not read from connections, so that another process can.
        const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (socket) => {
          socket.on('error', () => socket.destroy());
          handOver.add({ listener: name, socket });
        });
        const onAcceptError = (error: Error) =>
          log.warn('a connection could not be accepted', { listener: name, error });
        openListeners.push({ server, address: await startListening(server, where, onAcceptError).catch(reject) });
      }
    } catch (error) {
      endEarly(() => end.reject(error));
      return;
    }
    if (state === 'starting') {
      state = 'listening';
      options.onListening?.(openListeners.map(({ address }) => address));
    } else for (const { server } of openListeners) void stopListening(server, plan.graceMs);
  }

  function onExit(slot: Slot, worker: WorkerProcess | null, exit: WorkerExit): void {
    const { code, signal, ranMs, drained, error } = exit;
    slot.worker = null;
    if (worker) options.onWorkerExit?.(worker);
    const facts = { worker: slot.index, worker_pid: worker?.pid, code, signal, error };
    for (const accepted of exit.returned) handOver.add(accepted);
    if (state === 'draining') {
      if (drained === null && ranMs > 0) log.warn('worker died while draining', facts);
      if (drained !== 'clean' && ranMs > 0) exitCode = 1;
      continueDrain(ranMs > 0);
    } else if (state === 'starting' && ranMs === 0 && (code === 1 || code === 2)) {
      // The worker has logged why: its configuration, or an unreachable database. A retry would fail as well.
      endEarly(() => (error ? end.reject(error) : end.resolve(code)));
    } else if (state !== 'ended') {
      const delayMs = slot.backoff(ranMs);
      log.warn('worker died and is replaced', { ...facts, delay_ms: delayMs });
      slot.restart = setTimeout(startWorker, delayMs, slot);
    }
  }

  /** Ends without draining: before anything was accepted, or on the second signal. */
  function endEarly(finish: () => void): void {
    if (state === 'ended') return;
    state = 'ended';
    for (const { server } of openListeners) void stopListening(server, 0);
    killAll();
    finish();
  }

  function stop(): void {
    if (state === 'draining' || state === 'ended') return;
    state = 'draining';
    // From here on the shutdown's time limit applies.
    endWatch();
    for (const { restart } of slots) clearTimeout(restart);
    killTimer = setTimeout(() => {
      killTimer = undefined;
      exitCode = 1;
      killAll();
    }, plan.killMs);
    drain().catch(end.reject);
  }

  async function drain(): Promise<void> {
    const beganMs = performance.now();
    handOver.stopRejecting();
    await Promise.all(openListeners.map(({ server }) => stopListening(server, plan.deadlineMs / 2)));
    drainWorkers = () => {
      const deadlineMs = Math.max(0, plan.deadlineMs - (performance.now() - beganMs));
      for (const worker of liveWorkers()) void worker.remote.drain.asEvent({ graceMs: plan.graceMs, deadlineMs });
    };
    continueDrain(true);
  }

  /** @param canStart - whether a new worker is likely to start, and to serve waiting connections if no other is left */
  function continueDrain(canStart: boolean): void {
    const [first] = slots;
    if (!drainWorkers || state === 'ended') return;
    const isInTime = killTimer !== undefined;
    if (liveWorkers().length === 0 && handOver.waiting > 0 && canStart && isInTime && first) startWorker(first);
    if (liveWorkers().length > 0) {
      void handOver.settled().then(drainWorkers);
      return;
    }
    clearTimeout(killTimer);
    state = 'ended';
    // Connections that no worker will serve.
    if (handOver.waiting > 0) exitCode = 1;
    end.resolve(exitCode);
  }

  function killAll(): void {
    endWatch();
    for (const { worker, restart } of slots) {
      clearTimeout(restart);
      worker?.kill();
    }
  }

  options.takeSignals({
    onStop(signal) {
      log.info('draining', { signal });
      stop();
    },
    onKill(code, signal) {
      log.warn('ended at once', { signal });
      endEarly(() => end.resolve(code));
    },
  });
  for (const slot of slots) startWorker(slot);

  return {
    workers: (): readonly WorkerProcess[] => liveWorkers().filter(({ isReady }) => isReady),
    /** Resolves with the exit code; rejects if the service cannot listen. */
    ended,
  };
}

export interface Listener {
  /** The name that workers get with a connection. */
  readonly name: string;
  readonly where: ListenTarget;
  /** Replaces Node's error by one that says what to do. */
  readonly reject?: (error: unknown) => never;
}

const FIRST_MS = 100;
const MAX_MS = 10_000;
/** A process that ran for this long did not fail at start. */
const STABLE_MS = 30_000;

/** No delay after a long run, otherwise doubled each time. `ranMs` is 0 if the process never was ready. Returns ms. */
export function createBackoff(): (ranMs: number) => number {
  let failures = 0;
  return (ranMs) => {
    failures = ranMs >= STABLE_MS ? 0 : failures + 1;
    return failures === 0 ? 0 : Math.min(MAX_MS, FIRST_MS * 2 ** (failures - 1));
  };
}
