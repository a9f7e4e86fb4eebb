import type { ChildProcess } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { type BackoffOptions, createBackoff } from './backoff.js';
import type { Question } from './channel.js';
import type { EventLog } from './event-log.js';
import { createHandOver } from './hand-over.js';
import { everyPeriod, HEARTBEAT, type HeartbeatOptions } from './heartbeat.js';
import { type Listener, type OpenListener, openListener } from './listener.js';
import { shutdownPlan } from './shutdown-plan.js';
import { handleStopSignals, type SignalSource } from './signals.js';
import { superviseWorker, type WorkerExit, type WorkerProcess } from './worker-process.js';

export interface PrimaryOptions {
  /** How many worker processes. */
  readonly workers: number;
  /** The listeners; workers are told by name which one a connection came by. */
  readonly listeners: readonly Listener[];
  /** Starts a worker process with a channel. `slot`: which of the workers it is, from 0; the same for its replacement. */
  readonly fork: (slot: number) => ChildProcess;
  readonly signals: SignalSource;
  readonly shutdownTimeoutMs: number;
  readonly log: EventLog;
  readonly backoff?: BackoffOptions;
  /** When a worker is taken to hang, and is killed. */
  readonly heartbeat?: HeartbeatOptions;
  /** A worker was forked: the place to answer its questions. */
  readonly onWorker?: (worker: WorkerProcess) => void;
  readonly onWorkerExit?: (worker: WorkerProcess) => void;
  /** The first worker is ready, and connections are accepted. The addresses are in the order of `listeners`. */
  readonly onListening?: (addresses: readonly AddressInfo[]) => void;
}

export interface Primary {
  /** The workers that are ready. */
  workers(): readonly WorkerProcess[];
  /** Asks all workers that are ready; those that do not answer are left out. */
  askAll<Request, Reply>(question: Question<Request, Reply>, request: Request, timeoutMs?: number): Promise<Reply[]>;
  /** Drains, as the first signal does. */
  stop(): void;
  /** Resolves with the exit code when all is over; rejects where the service cannot listen. */
  readonly ended: Promise<number>;
}

type State = 'starting' | 'listening' | 'draining' | 'ended';

/**
 * The process that owns the listeners and hands connections to workers. It never touches the repository, so that there
 * is nothing in it that could fail.
 *
 * Connections are handed over through the channel of each worker rather than by sharing the listener, as node:cluster
 * does: closing one listener and then sending `drain` behind the last connection loses none.
 *
 * @param options - see `PrimaryOptions`
 */
export function startPrimary(options: PrimaryOptions): Primary {
  const { fork, log, signals, shutdownTimeoutMs, heartbeat = {} } = options;
  const plan = shutdownPlan(shutdownTimeoutMs);
  const slots = Array.from({ length: options.workers }, (_, index) => ({
    index,
    backoff: createBackoff(options.backoff),
    worker: null as WorkerProcess | null,
    restart: null as NodeJS.Timeout | null,
  }));
  type Slot = (typeof slots)[number];
  const handOver = createHandOver(liveWorkers, log);
  const openListeners: OpenListener[] = [];
  let hasOpened = false;
  let state: State = 'starting';
  let exitCode = 0;
  let killTimer: NodeJS.Timeout | null = null;
  const endWatch = everyPeriod(heartbeat.periodMs ?? HEARTBEAT.periodMs, killThoseThatHang);
  let end: { resolve(code: number): void; reject(error: unknown): void };
  const ended = new Promise<number>((resolve, reject) => {
    end = { resolve, reject };
  });

  function liveWorkers(): readonly WorkerProcess[] {
    return slots.flatMap(({ worker }) => worker ?? []);
  }

  function readyWorkers(): readonly WorkerProcess[] {
    return liveWorkers().filter(({ isReady }) => isReady);
  }

  function startWorker(slot: Slot): void {
    slot.restart = null;
    const events = {
      onReady: () => onReady(worker),
      onReceiving: handOver.next,
      onExit: (exit: WorkerExit) => onExit(slot, worker, exit),
    };
    const worker = superviseWorker(slot.index, fork(slot.index), events, heartbeat);
    slot.worker = worker;
    options.onWorker?.(worker);
  }

  /** A worker whose event loop hangs serves nobody, and keeps what is on its way to it. */
  function killThoseThatHang(lateMs: number): void {
    for (const worker of liveWorkers()) {
      const silentMs = worker.hangsForMs(lateMs);
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
      for (const listener of options.listeners) openListeners.push(await openListener(listener, handOver.add, log));
    } catch (error) {
      endEarly(() => end.reject(error));
      return;
    }
    if (state === 'starting') {
      state = 'listening';
      options.onListening?.(openListeners.map(({ address }) => address));
    } else for (const { close } of openListeners) void close();
  }

  function onExit(slot: Slot, worker: WorkerProcess, exit: WorkerExit): void {
    slot.worker = null;
    options.onWorkerExit?.(worker);
    const facts = { worker: worker.slot, worker_pid: worker.pid, code: exit.code, signal: exit.signal };
    for (const accepted of exit.returned) handOver.add(accepted);
    if (state === 'draining') {
      if (exit.drained === null && exit.ranMs > 0) log.warn('worker died while draining', facts);
      if (exit.drained !== 'clean' && exit.ranMs > 0) exitCode = 1;
      endIfAlone();
    } else if (state === 'starting' && exit.ranMs === 0 && (exit.code === 1 || exit.code === 2)) {
      // The worker has said why: its configuration, or a database that stays away. Another try would fail as well.
      const { code } = exit;
      endEarly(() => end.resolve(code));
    } else if (state !== 'ended') {
      const delayMs = slot.backoff(exit.ranMs);
      log.warn('worker died and is replaced', { ...facts, delay_ms: delayMs });
      slot.restart = setTimeout(startWorker, delayMs, slot);
    }
  }

  /** Before anything was accepted. */
  function endEarly(finish: () => void): void {
    if (state === 'ended') return;
    state = 'ended';
    for (const { close } of openListeners) void close();
    killAll();
    finish();
  }

  function stop(): void {
    if (state === 'draining' || state === 'ended') return;
    state = 'draining';
    // From here the time of the shutdown is the limit.
    endWatch();
    for (const { restart } of slots) if (restart) clearTimeout(restart);
    killTimer = setTimeout(() => {
      exitCode = 1;
      killAll();
    }, plan.killMs);
    drain().catch(end.reject);
  }

  async function drain(): Promise<void> {
    const beganMs = performance.now();
    handOver.keepAll();
    await Promise.all(openListeners.map(({ close }) => close()));
    const [first] = slots;
    // Nobody is there, or coming, for the connections that wait.
    if (handOver.waiting > 0 && liveWorkers().length === 0 && first) startWorker(first);
    await handOver.settled();
    const deadlineMs = Math.max(0, plan.deadlineMs - (performance.now() - beganMs));
    for (const worker of liveWorkers()) worker.drain({ graceMs: plan.graceMs, deadlineMs });
    endIfAlone();
  }

  function endIfAlone(): void {
    if (liveWorkers().length > 0) return;
    handOver.discard();
    if (killTimer) clearTimeout(killTimer);
    state = 'ended';
    end.resolve(exitCode);
  }

  function killAll(): void {
    endWatch();
    for (const { worker, restart } of slots) {
      if (restart) clearTimeout(restart);
      worker?.kill();
    }
  }

  handleStopSignals(signals, {
    onStop(signal) {
      log.info('draining', { signal });
      stop();
    },
    onKill(code, signal) {
      log.warn('ended at once', { signal });
      state = 'ended';
      killAll();
      end.resolve(code);
    },
  });
  for (const slot of slots) startWorker(slot);

  return {
    workers: readyWorkers,
    async askAll(question, request, timeoutMs) {
      const answers = await Promise.allSettled(
        readyWorkers().map(({ channel }) => channel.ask(question, request, timeoutMs)),
      );
      return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    },
    stop,
    ended,
  };
}
