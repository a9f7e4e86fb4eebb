/**
 * Dredd's hooks around each transaction: they cause the real response, on a server that sends it, and check it against
 * the contract more strictly than Dredd does. See dredd.yml.
 */
import { writeFileSync } from 'node:fs';
import hooks, { type Transaction } from 'hooks';
import type { ErrorCode } from '../../src/contract/contract.js';
import { type DocumentedReply, nameOf, readDocumentedReplies } from './documented-replies.js';
import { freshId, type KnownPayment, type Provocation, paymentText, provocations, targetOf } from './provocations.js';
import { mediaTypeOf, replyErrors } from './reply-errors.js';
import { createServers } from './servers.js';

/** The result of a transaction. The test reads it, because Dredd ignores a hook file that does not load. */
export interface Outcome {
  /** By `nameOf`. */
  readonly name: string;
  readonly actualStatus: string | null;
  readonly actualMediaType: string | null;
  readonly hasSchema: boolean;
  readonly isValid: boolean;
  readonly message: string;
}

const servers = createServers();
const outcomes: Outcome[] = [];
const provokedCodes = new Map<Transaction, ErrorCode>();
let documented: ReadonlyMap<string, DocumentedReply> | null = null;

hooks.beforeEach((transaction, done) => {
  prepare(transaction).then(done, (error: unknown) => {
    transaction.fail = `it could not be prepared: ${error}`;
    done();
  });
});

hooks.afterEach((transaction, done) => {
  const { real, expected, test } = transaction;
  if (real) {
    const code = provokedCodes.get(transaction) ?? null;
    const errors = replyErrors(real, documentedReply(transaction), code);
    if (errors.length > 0) transaction.fail = errors.join('; ');
  }
  outcomes.push({
    name: nameOf(documentedReply(transaction)),
    actualStatus: real ? String(real.statusCode) : null,
    actualMediaType: real ? mediaTypeOf(real) : null,
    hasSchema: expected.bodySchema !== undefined,
    isValid: test?.valid === true && transaction.fail === undefined,
    message: [test?.message, transaction.fail].filter(Boolean).join('; '),
  });
  done();
});

hooks.afterAll((_transactions, done) => {
  const report = process.env.DREDD_REPORT;
  if (report !== undefined) writeFileSync(report, JSON.stringify(outcomes));
  servers.close().then(done, done);
});

async function prepare(transaction: Transaction): Promise<void> {
  const { operationId, status, mediaType, schema } = documentedReply(transaction);
  const { expected, request } = transaction;
  if (schema !== null) expected.bodySchema = JSON.stringify(schema);
  else if (mediaType !== null) {
    // The example of a text differs from every other text, and the contract has no charset.
    delete expected.body;
    delete expected.headers['Content-Type'];
  }
  // Only replays have the one, and only services with standbys the other. Dredd requires every documented header.
  delete expected.headers['Idempotent-Replayed'];
  delete expected.headers['Consistency-Token'];
  const { server, target, headers = {}, body, code } = await provocationOf(operationId, status);
  const { hostname, port } = new URL(await servers.urlOf(server));
  transaction.host = hostname;
  transaction.port = port;
  transaction.fullPath = target ?? transaction.fullPath;
  request.body = body ?? request.body;
  // The contract's example of a key would be the same key for every request.
  for (const [name, value] of Object.entries({ 'Idempotency-Key': undefined, ...headers })) {
    if (value === undefined) delete request.headers[name];
    else request.headers[name] = value;
  }
  if (code !== undefined) provokedCodes.set(transaction, code);
}

async function provocationOf(operationId: string, status: string): Promise<Provocation> {
  const byOperation = new Map(Object.entries(provocations));
  const provoke = new Map(Object.entries(byOperation.get(operationId) ?? {})).get(status);
  if (!provoke) throw new Error(`nobody knows how to provoke ${status} of ${operationId}`);
  return provoke(createPayment);
}

async function createPayment(): Promise<KnownPayment> {
  const id = freshId();
  const url = `${await servers.urlOf('open')}/v1/payments`;
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': `key of ${id}`.replaceAll(' ', '-') };
  const { status } = await fetch(url, { method: 'POST', headers, body: paymentText(id) });
  if (status !== 201) throw new Error(`a payment that was needed got ${status}`);
  return { id, key: headers['Idempotency-Key'], target: targetOf(id) };
}

function documentedReply({ name, origin, request }: Transaction): DocumentedReply {
  documented ??= new Map(readDocumentedReplies(origin.filename).map((reply) => [nameOf(reply), reply]));
  const [status = '', mediaType = null] = name.split(' > ').slice(2);
  const wanted = nameOf({ method: request.method, path: origin.resourceName, status, mediaType });
  const reply = documented.get(wanted);
  if (!reply) throw new Error(`the contract has no ${wanted}`);
  return reply;
}
