/**
 * The same API on `node:http`, without a framework: rules are code, replies are composed of the stored text, the log is
 * buffered, and metrics are pre-bound.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import sonicBoom from 'sonic-boom';
import { pageText, paymentText, paymentUrl } from './support/bodies.js';
import { createMetrics } from './support/metrics.js';
import { BODY_LIMIT_BYTES, LIMIT_PER_SECOND, MAX_RESULTS, readOptions } from './support/options.js';
import { type InvalidField, type ProblemCode, problem } from './support/problems.js';
import { decodeCursor, etagOf, matchesTag, requestIdOf } from './support/requests.js';
import { checkPayment, isName, isTagList } from './support/rules.js';
import { openStore, textAttributes } from './support/store.js';

const options = readOptions();
const store = await openStore(options, textAttributes);
const metrics = createMetrics();
const log = new sonicBoom.SonicBoom({ fd: 1, minLength: 4096, sync: false });
setInterval(() => log.flush(), 50).unref();

const LIST = '/v1/payments';
const ONE = '/v1/payments/{id}';

interface RequestContext {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly startedAt: number;
  route: string;
}

const observers = new Map<string, (seconds: number) => void>();
function observe(method: string, route: string, status: number, seconds: number): void {
  const key = `${method} ${route} ${status}`;
  let observer = observers.get(key);
  if (observer === undefined) {
    const bound = metrics.duration.labels(method, route, String(status));
    observer = (value) => bound.observe(value);
    observers.set(key, observer);
  }
  observer(seconds);
}

const counts = new Map<string, number>();
setInterval(() => counts.clear(), 1000).unref();
function isLimited(address: string): boolean {
  const count = (counts.get(address) ?? 0) + 1;
  counts.set(address, count);
  return count > LIMIT_PER_SECOND;
}

function send(
  context: RequestContext,
  status: number,
  body: string,
  headers: Record<string, string | number> = {},
): undefined {
  const { request, response, requestId, startedAt, route } = context;
  if (status !== 304) {
    headers['Content-Type'] ??= 'application/json';
    headers['Content-Length'] = Buffer.byteLength(body);
  }
  headers['X-Request-Id'] = requestId;
  response.writeHead(status, headers);
  response.end(request.method === 'HEAD' ? undefined : body);
  const durationMs = performance.now() - startedAt;
  const method = request.method ?? '';
  observe(method, route, status, durationMs / 1000);
  log.write(
    `{"level":"info","message":"request","timestamp":"${new Date().toISOString()}","request_id":"${requestId}","method":"${method}","route":"${route}","status":${status},"duration_ms":${durationMs.toFixed(3)}}\n`,
  );
}

function rejectWith(context: RequestContext, code: ProblemCode, errors?: readonly InvalidField[]): undefined {
  const reply = problem(code, context.requestId, errors);
  send(context, reply.status, JSON.stringify(reply));
}

async function list(context: RequestContext, query: string): Promise<void> {
  const invalidFields: InvalidField[] = [];
  let size = MAX_RESULTS;
  let after: string | undefined;
  let position: number | null = 0;
  if (query !== '') {
    for (const [name, value] of new URLSearchParams(query)) {
      if (name === 'size' && /^[1-9][0-9]*$/.test(value)) size = Math.min(Number(value), MAX_RESULTS);
      else if (name === 'after') {
        after = value;
        position = decodeCursor(value);
      } else invalidFields.push({ pointer: `/query/${name}`, detail: 'is not valid' });
    }
  }
  if (position === null || invalidFields.length > 0) return rejectWith(context, 'validation_failed', invalidFields);
  const page = await store.list(position, size);
  send(context, 200, pageText(options, page, { after }, size), { 'Cache-Control': 'no-cache' });
}

async function get(context: RequestContext, id: string): Promise<void> {
  const condition = context.request.headers['if-none-match'];
  if (condition !== undefined && !isTagList(condition)) {
    return rejectWith(context, 'validation_failed', [
      { pointer: '/header/if-none-match', detail: 'must be entity tags' },
    ]);
  }
  const payment = await store.find(id);
  if (payment === null) return rejectWith(context, 'payment_not_found');
  const etag = etagOf(payment.version);
  if (condition !== undefined && matchesTag(condition, etag)) {
    return send(context, 304, '', { ETag: etag, 'Cache-Control': 'no-cache' });
  }
  send(context, 200, paymentText(options, payment), { ETag: etag, 'Cache-Control': 'no-cache' });
}

async function create(context: RequestContext, body: unknown): Promise<void> {
  const sent = checkPayment(body, false);
  if (Array.isArray(sent)) return rejectWith(context, 'validation_failed', sent);
  const { id, organisation_id: organisationId } = sent;
  const payment = { id, version: 0, organisationId, attributes: JSON.stringify(sent.attributes) };
  if (!(await store.create(payment))) return rejectWith(context, 'payment_exists');
  send(context, 201, paymentText(options, payment), {
    ETag: etagOf(0),
    Location: paymentUrl(options, id),
    'Cache-Control': 'no-cache',
  });
}

async function update(context: RequestContext, id: string, body: unknown): Promise<void> {
  const condition = context.request.headers['if-match'];
  const sent = checkPayment(body, true);
  const invalidFields: InvalidField[] = Array.isArray(sent) ? sent : [];
  if (condition !== undefined && !isTagList(condition)) {
    invalidFields.push({ pointer: '/header/if-match', detail: 'must be entity tags' });
  }
  if (!Array.isArray(sent) && sent.id !== id)
    invalidFields.push({ pointer: '/data/id', detail: 'must be the id of the path' });
  if (Array.isArray(sent) || invalidFields.length > 0) return rejectWith(context, 'validation_failed', invalidFields);
  const { version, organisation_id: organisationId } = sent;
  if (condition !== undefined && !matchesTag(condition, etagOf(version)))
    return rejectWith(context, 'precondition_failed');
  const attributes = JSON.stringify(sent.attributes);
  const outcome = await store.update({ id, version, organisationId, attributes });
  if (outcome === 'not_found') return rejectWith(context, 'payment_not_found');
  if (outcome === 'version_conflict') return rejectWith(context, 'version_conflict');
  const payment = { id, version: version + 1, organisationId, attributes };
  send(context, 200, paymentText(options, payment), { ETag: etagOf(payment.version), 'Cache-Control': 'no-cache' });
}

function withBody(context: RequestContext, then: (body: unknown) => Promise<void>): undefined {
  const { request } = context;
  if (!/^application\/(json|[\w.-]+\+json)\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    request.resume();
    return rejectWith(context, 'unsupported_media_type');
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= BODY_LIMIT_BYTES) chunks.push(chunk);
  });
  request.on('end', () => {
    if (bytes > BODY_LIMIT_BYTES) return rejectWith(context, 'body_too_large');
    const text = chunks.length === 1 ? String(chunks[0]) : String(Buffer.concat(chunks));
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      return rejectWith(context, 'malformed_json');
    }
    settle(context, then(body));
  });
}

function settle(context: RequestContext, work: Promise<void>): undefined {
  work.catch((error: unknown) => {
    log.write(`${JSON.stringify({ level: 'error', message: String(error), request_id: context.requestId })}\n`);
    if (!context.response.headersSent) rejectWith(context, 'internal_error');
  });
}

function paymentIdOf(path: string): string | null {
  try {
    const id = decodeURIComponent(path.slice(LIST.length + 1));
    return isName(id) ? id : null;
  } catch {
    return null;
  }
}

function dispatch(context: RequestContext, path: string, query: string): undefined {
  const { method } = context.request;
  const isRead = method === 'GET' || method === 'HEAD';
  if (path === '/health' && isRead) {
    context.route = path;
    return send(context, 200, '{"status":"up"}');
  }
  if (path === '/metrics' && isRead) {
    context.route = path;
    const reply = async () => send(context, 200, await metrics.registry.metrics(), { 'Content-Type': 'text/plain' });
    return settle(context, reply());
  }
  if (isLimited(context.request.socket.remoteAddress ?? '')) return rejectWith(context, 'rate_limited');
  if (path === LIST) {
    context.route = LIST;
    if (isRead) return settle(context, list(context, query));
    if (method === 'POST') return withBody(context, (body) => create(context, body));
    return rejectWith(context, 'method_not_allowed');
  }
  if (path.startsWith('/v1/payments/')) {
    context.route = ONE;
    const id = paymentIdOf(path);
    if (id === null) return rejectWith(context, 'validation_failed', [{ pointer: '/path/id', detail: 'is not an id' }]);
    if (isRead) return settle(context, get(context, id));
    if (method === 'PUT') return withBody(context, (body) => update(context, id, body));
    return rejectWith(context, 'method_not_allowed');
  }
  rejectWith(context, 'route_not_found');
}

const server = createServer((request, response) => {
  const requestId = requestIdOf(request.headers['x-request-id']);
  const context = { request, response, requestId, startedAt: performance.now(), route: 'unmatched' };
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  if (mark === -1) dispatch(context, url, '');
  else dispatch(context, url.slice(0, mark), url.slice(mark + 1));
});
server.listen(options.port, options.host);
