import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { type Client, createClient, NoReplyError, type Reply } from './client.js';
import type { Conflict, Operation } from './operation.js';

/** How a history is made. */
export interface Recording {
  readonly port: number;
  readonly clients: number;
  /** Operations that certainly did not happen are replaced. */
  readonly operationsPerClient: number;
  /** The number of contended payments. */
  readonly payments: number;
  /** After this number of operations each client changes to new payments, because its old ones may be deleted. */
  readonly operationsPerGeneration: number;
  /** Called after each operation. */
  onOperation(): void;
}

/** Histories by payment, and the number of operations by outcome. */
export interface Recorded {
  readonly histories: ReadonlyMap<string, readonly Operation[]>;
  readonly outcomes: ReadonlyMap<string, number>;
}

/** Codes that mean that nothing was changed. */
const CERTAINLY_NOT = new Set(['repository_unavailable', 'overloaded', 'deadline_exceeded']);
/** The share of writes that are sent twice at the same time, with one key. */
const DOUBLED = 0.2;
/** After an operation that certainly did not happen: these fail immediately while the database is unreachable. */
const PAUSE_MS = 10;

/** Lets clients compete for few payments, and records all requests and responses with their times. */
export async function recordHistories(recording: Recording): Promise<Recorded> {
  const histories = new Map<string, Operation[]>();
  const outcomes = new Map<string, number>();
  const operations = recording.operationsPerClient;
  let values = 0;

  async function work({ client, other }: Connections): Promise<void> {
    /** The version of each payment that this client saw last. */
    const seen = new Map<string, number>();
    let number = 0;
    while (number < operations) {
      const generation = Math.floor(number / recording.operationsPerGeneration);
      const id = `g${generation}-p${Math.floor(Math.random() * recording.payments)}`;
      values += 1;
      const operation = await operate({ client, other }, id, seen, `${values}`);
      if (operation === null) {
        await delay(PAUSE_MS);
        continue;
      }
      number += 1;
      const { outcome } = operation;
      const history = histories.get(id) ?? [];
      history.push(operation);
      histories.set(id, history);
      const name = `${operation.kind} ${typeof outcome === 'object' ? ('value' in outcome ? 'seen' : 'conflict') : outcome}`;
      outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
      recording.onOperation();
    }
  }

  const connect = () => createClient(recording.port);
  const clients = Array.from({ length: recording.clients }, () => ({ client: connect(), other: connect() }));
  await Promise.all(clients.map(work));
  for (const { client, other } of clients) {
    client.close();
    other.close();
  }
  return { histories, outcomes };
}

/** Two connections of one client, so that it can send a write twice at the same time. */
interface Connections {
  readonly client: Client;
  readonly other: Client;
}

/** One random operation; null if it certainly did not happen. */
async function operate(
  connections: Connections,
  id: string,
  seen: Map<string, number>,
  value: string,
): Promise<Operation | null> {
  const { client } = connections;
  const key = `key-${value}`;
  const version = seen.get(id);
  const dice = Math.random();
  const invokedMs = performance.now();
  if (version === undefined ? dice < 0.5 : dice < 0.02) {
    const reply = await write(connections, (one) => one.create(id, value, key));
    return finish(reply, invokedMs, (outcome) => {
      if (outcome === 'done') seen.set(id, 0);
      return { kind: 'create', value, outcome: oneOf(outcome, ['done', 'exists', 'unknown']) };
    });
  }
  if (version === undefined || dice < 0.5) return read(client, id, seen, invokedMs);
  if (dice < 0.52) {
    const reply = await write(connections, (one) => one.delete(id, version, key));
    return finish(reply, invokedMs, (outcome) => ({
      kind: 'delete',
      version,
      outcome: typeof outcome === 'object' ? outcome : oneOf(outcome, ['done', 'absent', 'unknown']),
    }));
  }
  const reply = await write(connections, (one) => one.update(id, version, value, key));
  return finish(reply, invokedMs, (outcome) => {
    if (outcome === 'done') seen.set(id, version + 1);
    else if (typeof outcome === 'object') seen.set(id, outcome.currentVersion);
    return {
      kind: 'update',
      version,
      value,
      outcome: typeof outcome === 'object' ? outcome : oneOf(outcome, ['done', 'absent', 'unknown']),
    };
  });
}

async function read(
  client: Client,
  id: string,
  seen: Map<string, number>,
  invokedMs: number,
): Promise<Operation | null> {
  const reply = await replyOf(client.read(id));
  const returnedMs = performance.now();
  if (reply === null || reply.status === 503) {
    expect(reply?.body?.code, 'a read never changes anything').to.not.equal('outcome_unknown');
    return null;
  }
  if (reply.status === 404) return { kind: 'read', invokedMs, returnedMs, outcome: 'absent' };
  const data = reply.body?.data;
  if (reply.status !== 200 || !data) throw new Error(`a read got ${reply.status}`);
  expect(reply.headers.etag).to.equal(`"${data.version}"`);
  seen.set(id, data.version);
  return { kind: 'read', invokedMs, returnedMs, outcome: { version: data.version, value: data.attributes.amount } };
}

type WriteOutcome = 'done' | 'exists' | 'absent' | 'unknown' | Conflict;
type Timeless<Op> = Op extends Operation ? Omit<Op, 'invokedMs' | 'returnedMs'> : never;

function finish(
  reply: Reply | null,
  invokedMs: number,
  describe: (outcome: WriteOutcome) => Timeless<Operation>,
): Operation | null {
  const returnedMs = performance.now();
  const outcome = outcomeOf(reply);
  if (outcome === null) return null;
  return { invokedMs, returnedMs: outcome === 'unknown' ? Number.POSITIVE_INFINITY : returnedMs, ...describe(outcome) };
}

/** The outcome of a write; null if it certainly did not happen. */
function outcomeOf(reply: Reply | null): WriteOutcome | null {
  if (reply === null) return 'unknown';
  const { status, body } = reply;
  if (status === 200 || status === 201 || status === 204) return 'done';
  if (status === 404) return 'absent';
  const code = String(body?.code);
  if (code === 'payment_exists') return 'exists';
  if (code === 'outcome_unknown') return 'unknown';
  if (status === 503 && CERTAINLY_NOT.has(code)) return null;
  const current = /at version (\d+)/.exec(body?.detail ?? '')?.[1];
  if (code === 'version_conflict' && current !== undefined) return { currentVersion: Number(current) };
  throw new Error(`a write got ${status} ${code}`);
}

/** Sends a write with a key: sometimes twice at the same time, which must have the effect of one. */
async function write({ client, other }: Connections, send: (client: Client) => Promise<Reply>): Promise<Reply | null> {
  if (Math.random() >= DOUBLED) return replyOf(send(client));
  const replies = await Promise.all([replyOf(send(client)), replyOf(send(other))]);
  const done = replies.filter((reply) => reply !== null && reply.status < 300);
  const [first, second] = done;
  if (first && second) {
    const isReplay = (reply: Reply | null) => reply?.headers['idempotent-replayed'] === 'true';
    expect(done.filter(isReplay), 'one is executed, and one is told what became of it').to.have.length(1);
    expect([first.status, first.body]).to.deep.equal([second.status, second.body]);
  }
  if (first) return first;
  const unknown = replies.find((reply) => outcomeOf(reply) === 'unknown');
  if (unknown !== undefined) return unknown;
  return replies.find((reply) => outcomeOf(reply) !== null) ?? replies[0] ?? null;
}

/** Null if there was no response, and the request may have been received. */
async function replyOf(reply: Promise<Reply>): Promise<Reply | null> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof NoReplyError) return null;
    throw error;
  }
}

function oneOf<T extends WriteOutcome>(outcome: WriteOutcome, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === outcome);
  if (found === undefined) throw new Error(`a write ended as ${JSON.stringify(outcome)}, which it cannot`);
  return found;
}
