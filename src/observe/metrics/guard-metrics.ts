import { Counter, Gauge, type Registry } from 'prom-client';

/** What became of a request at the rate limiter. */
export type LimitOutcome = 'allowed' | 'limited';

/** Why hits were counted locally, where another process or Redis should have counted them. */
export type LimitStoreState = 'shared' | 'local';

export interface GuardMetrics {
  limitDecision(outcome: LimitOutcome): void;
  /** Reads, at every scrape, how many clients the limiter remembers. */
  watchLimitClients(read: () => number): void;
  /** The limiter's shared store went away, or came back. */
  limitStore(state: LimitStoreState): void;
  /** A request was refused because there was too much to do. */
  requestShed(): void;
  /** A connection failed below HTTP, or sent what is not HTTP; `code` is Node's. */
  transportError(code: string): void;
  /** A sampled reply was held against the contract. */
  replyValidated(outcome: 'valid' | 'invalid'): void;
  logLinesDropped(lines: number): void;
}

/** Codes come from Node's parser and the kernel; should a new one name itself by what it read, this bounds it. */
const TRANSPORT_CODES_LIMIT = 50;

/**
 * Metrics of what guards the service: rate limit, load shedding, transport, checked replies, lost log lines. What is
 * counted on every request is a plain number until the next scrape.
 *
 * @param register - where the metrics are registered
 */
export function createGuardMetrics(register: Registry): GuardMetrics {
  const registers = [register];
  const decisions: Record<LimitOutcome, number> = { allowed: 0, limited: 0 };
  let shed = 0;

  new Counter({
    name: 'rate_limit_decisions_total',
    help: 'Requests the rate limiter let through or refused.',
    labelNames: ['decision'],
    registers,
    collect() {
      this.inc({ decision: 'allowed' }, decisions.allowed);
      this.inc({ decision: 'limited' }, decisions.limited);
      decisions.allowed = 0;
      decisions.limited = 0;
    },
  });
  const storeLocal = new Gauge({
    name: 'rate_limit_store_local',
    help: '1 while the shared store of the rate limit is away and each process counts for itself.',
    aggregator: 'max',
    registers,
  });
  new Counter({
    name: 'http_requests_shed_total',
    help: 'Requests refused at once because too many were waiting.',
    registers,
    collect() {
      this.inc(shed);
      shed = 0;
    },
  });
  const transportErrors = new Counter({
    name: 'http_transport_errors_total',
    help: 'Connections that failed, or sent what is not HTTP, by code.',
    labelNames: ['code'],
    registers,
  });
  const replies = new Counter({
    name: 'reply_validation_total',
    help: 'Sampled replies held against the contract.',
    labelNames: ['outcome'],
    registers,
  });
  const droppedLines = new Counter({
    name: 'log_lines_dropped_total',
    help: 'Log lines lost because their reader stalled or went away.',
    registers,
  });
  const transportCodes = new Set<string>();

  return {
    limitDecision(outcome) {
      decisions[outcome] += 1;
    },
    watchLimitClients(read) {
      new Gauge({
        name: 'rate_limit_clients',
        help: 'Client addresses the rate limiter remembers.',
        aggregator: 'sum',
        registers,
        collect() {
          this.set(read());
        },
      });
    },
    limitStore(state) {
      storeLocal.set(state === 'local' ? 1 : 0);
    },
    requestShed() {
      shed += 1;
    },
    transportError(code) {
      if (transportCodes.size < TRANSPORT_CODES_LIMIT) transportCodes.add(code);
      transportErrors.inc({ code: transportCodes.has(code) ? code : 'OTHER' });
    },
    replyValidated(outcome) {
      replies.inc({ outcome });
    },
    logLinesDropped(lines) {
      droppedLines.inc(lines);
    },
  };
}
