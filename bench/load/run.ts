import { Connection } from './connection.js';
import type { Job, JobResult, LatencyMs, Pace } from './protocol.js';
import { type RunningScript, SHED, startScript } from './scripts.js';

/** How long to wait for responses after the last request. */
const DRAIN_LIMIT_MS = 15_000;

type OpenPace = Extract<Pace, { kind: 'rate' }>;

/** A prepared load with open connections. */
export interface PreparedRun {
  run(): Promise<JobResult>;
}

/**
 * Opens the connections of a job and prepares its script.
 *
 * @throws if the server is unreachable or lacks what the script expects
 */
export async function prepare(job: Job): Promise<PreparedRun> {
  const script = startScript(job.script, job.port, job.connections);
  await script.prepare();
  const load = new Load(script);
  const opening: Promise<Connection>[] = [];
  for (let i = 0; i < job.connections; i += 1) opening.push(Connection.open(i, job.port, load));
  load.connections.push(...(await Promise.all(opening)));
  return {
    async run() {
      const cpuBefore = process.cpuUsage();
      const startedAt = performance.now();
      const latencies = await load.run(job.pace);
      const seconds = (Math.min(load.lastReplyAt, load.countsUntil) - startedAt) / 1000;
      const wallMs = performance.now() - startedAt;
      const cpu = process.cpuUsage(cpuBefore);
      for (const connection of load.connections) connection.close();
      return {
        requests: load.served,
        shed: load.shed,
        seconds,
        errors: Object.fromEntries(load.errors),
        generatorCpuShare: (cpu.user + cpu.system) / 1000 / wallMs,
        latencyMs: latencies === null ? null : percentiles(latencies),
      };
    },
  };
}

/** The state of a running load: requests in flight, errors, and when to stop. */
class Load {
  readonly connections: Connection[] = [];
  readonly errors = new Map<string, number>();
  served = 0;
  shed = 0;
  lastReplyAt = 0;
  /**
   * The end of a closed loop for a number of seconds. Later responses do not count: a server may delay rejections,
   * which would lengthen the time in which the others were served.
   */
  countsUntil = Number.POSITIVE_INFINITY;
  readonly #script: RunningScript;
  /** Connections that wait for a response. */
  readonly #busy = new Set<Connection>();
  /** Open loop: idle connections. The longest idle is used next. */
  #free: Connection[] = [];
  #isStopping = false;
  #finish: () => void = () => {};
  #onFree: (connection: Connection, now: number) => void = () => {};

  constructor(script: RunningScript) {
    this.#script = script;
  }

  /** @returns the latencies of an open loop, null for a closed one */
  async run(pace: Pace): Promise<Float64Array | null> {
    const finished = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    const latencies = pace.kind === 'rate' ? this.#openLoop(pace) : this.#closedLoop(pace);
    await finished;
    return latencies?.() ?? null;
  }

  #closedLoop(pace: Exclude<Pace, OpenPace>): null {
    const deadline = pace.kind === 'seconds' ? performance.now() + pace.seconds * 1000 : Number.POSITIVE_INFINITY;
    this.countsUntil = deadline;
    let left = pace.kind === 'requests' ? pace.requests : Number.POSITIVE_INFINITY;
    this.#onFree = (connection, now) => {
      if (now < deadline && left > 0 && this.#send(connection)) left -= 1;
      else this.#isStopping = true;
    };
    if (pace.kind === 'seconds') setTimeout(() => this.#giveUp(), pace.seconds * 1000 + DRAIN_LIMIT_MS).unref();
    const now = performance.now();
    for (const connection of this.connections) this.#onFree(connection, now);
    return null;
  }

  #openLoop({ ratePerSecond, seconds, isSpinning }: OpenPace): () => Float64Array {
    const total = Math.floor(ratePerSecond * seconds);
    const latencies = new Float64Array(total);
    const dueAt = new Float64Array(this.connections.length);
    this.#free = [...this.connections];
    const free = this.#free;
    const gapMs = 1000 / ratePerSecond;
    const startAt = performance.now() + 5;
    let recorded = 0;
    let started = 0;

    // Without its own core the generator wakes once a millisecond, so requests are due in bursts.
    const due = (index: number) => startAt + (isSpinning ? index * gapMs : Math.ceil(index * gapMs));
    const start = (connection: Connection) => {
      dueAt[connection.index] = due(started);
      started += 1;
      this.#send(connection);
    };
    this.#onFree = (connection, now) => {
      latencies[recorded] = now - (dueAt[connection.index] ?? 0);
      recorded += 1;
      // An overdue request is sent now; its latency counts from its due time.
      if (started < total && due(started) <= now) start(connection);
      else free.push(connection);
      if (recorded === total) this.#isStopping = true;
    };
    const tick = () => {
      const now = performance.now();
      while (started < total && free.length > 0 && due(started) <= now) {
        const connection = free.shift();
        if (connection !== undefined) start(connection);
      }
      if (started === total || this.#isStopping) return;
      if (isSpinning) setImmediate(tick);
      else setTimeout(tick, 1);
    };
    setTimeout(() => this.#giveUp(), seconds * 1000 + DRAIN_LIMIT_MS).unref();
    tick();
    return () => latencies.subarray(0, recorded);
  }

  #send(connection: Connection): boolean {
    const request = this.#script.next(connection.index);
    if (request === null) return false;
    this.#busy.add(connection);
    connection.send(request);
    return true;
  }

  onResponse(connection: Connection, status: number, text: string, headLength: number, bodyLength: number): void {
    const now = performance.now();
    const error = this.#script.check(connection.index, status, text, headLength, bodyLength);
    if (error !== null && error !== SHED) this.#count(error);
    if (now <= this.countsUntil) {
      if (error === SHED) this.shed += 1;
      this.served += 1;
    }
    this.lastReplyAt = now;
    this.#busy.delete(connection);
    this.#onFree(connection, now);
    if (this.#isStopping && this.#busy.size === 0) this.#finish();
  }

  onLost(connection: Connection, reason: string): void {
    if (!this.#busy.delete(connection)) {
      // A server may close idle connections (RFC 9112, 9.8), as Node does after five seconds; no request was lost.
      const at = this.#free.indexOf(connection);
      if (at !== -1) this.#free.splice(at, 1);
      return;
    }
    this.#count(reason);
    this.#isStopping = true;
    if (this.#busy.size === 0) this.#finish();
  }

  #giveUp(): void {
    if (this.#busy.size > 0) this.#count(`${this.#busy.size} requests without a response`);
    this.#isStopping = true;
    this.#finish();
  }

  #count(error: string): void {
    this.errors.set(error, (this.errors.get(error) ?? 0) + 1);
  }
}

function percentiles(latencies: Float64Array): LatencyMs {
  const sorted = latencies.slice().sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) };
}
