import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { ORDINARY_ATTRIBUTES, ORGANISATION_ID, paymentId } from '../load/payments.js';
import type { Bench } from './bench.js';
import { MeasurementError } from './errors.js';
import { type RunningServer, type ServerName, startServer } from './servers.js';

/**
 * Checks that a server has the features that all share, before it is measured: validation, envelope and links, ETag,
 * request ids, access log, metrics. A server that does less would only seem faster.
 *
 * @throws MeasurementError that names the first missing feature
 */
export async function checkDuties(bench: Bench, name: ServerName): Promise<void> {
  // It has no features, and its title says so.
  if (name === 'floor') return;
  const options = { repo: 'sqlite3', repoUri: ':memory:', core: null, log: 'pipe' } as const;
  const server = await startServer(bench.children, name, options);
  let log = '';
  server.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  try {
    await check(server, () => log);
  } finally {
    await server.stop();
  }
}

async function check(server: RunningServer, log: () => string): Promise<void> {
  const url = `http://127.0.0.1:${server.port}/v1/payments`;
  const requestId = 'a-request-id-of-the-clients-own';
  const payment = (index: number, more: object = {}) => ({
    id: paymentId(0, index),
    type: 'Payment',
    organisation_id: ORGANISATION_ID,
    attributes: JSON.parse(ORDINARY_ATTRIBUTES),
    ...more,
  });
  const send = (method: string, path: string, data?: object, headers: Record<string, string> = {}) =>
    call(method, url + path, data === undefined ? '' : JSON.stringify({ data }), headers);
  const hold = (duty: string, isDone: boolean) => {
    if (!isDone) throw new MeasurementError(`${server.name} does not do its duty: ${duty}`);
  };

  for (let i = 0; i < 30; i += 1) hold('create is 201', (await send('POST', '', payment(i))).status === 201);
  const self = `${url}/${paymentId(0, 0)}`;
  const one = await send('GET', `/${paymentId(0, 0)}`, undefined, { 'X-Request-Id': requestId });
  const expected = { data: { ...payment(0), version: 0 }, links: { self } };
  hold('get gives the envelope', one.status === 200 && isSame(one.json, expected));
  hold('get gives an ETag', one.headers.etag === '"0"');
  hold("the client's request id comes back", one.headers['x-request-id'] === requestId);
  const cached = await send('GET', `/${paymentId(0, 0)}`, undefined, { 'If-None-Match': '"0"' });
  hold('get is 304 for a known ETag', cached.status === 304);
  hold('an unknown payment is 404', (await send('GET', `/${paymentId(9, 9)}`)).status === 404);
  hold('a known id is 409', (await send('POST', '', payment(0))).status === 409);
  const made = await send('POST', '', payment(30));
  const location = `${url}/${paymentId(0, 30)}`;
  hold('create gives Location and ETag', made.headers.location === location && made.headers.etag === '"0"');
  hold('payments are sent with Cache-Control', one.headers['cache-control'] === 'no-cache');

  const broken = [
    payment(99, { type: 'Refund' }),
    ...['-1', '+1', '0', '0.00', '1e3', '1.', '.5', '', ' 1', '1'.repeat(65), 100, null].map((amount) =>
      payment(99, { attributes: { amount } }),
    ),
    payment(99, { attributes: {} }),
    payment(99, { attributes: [] }),
    payment(99, { organisation_id: ' ' }),
    payment(99, { organisation_id: 7 }),
    payment(99, { id: 'x'.repeat(256) }),
    payment(99, { id: 'a\nb' }),
    payment(99, { surplus: true }),
    payment(99, { version: -1 }),
    payment(99, { version: '0' }),
    payment(99, { version: 0.5 }),
  ];
  for (const body of broken) {
    hold(`400 for ${JSON.stringify(body)}`, (await send('POST', '', body)).status === 400);
  }
  for (const query of ['size=0', 'size=x', 'surplus=1', 'after=%20']) {
    hold(`400 for ${query}`, (await send('GET', `?${query}`)).status === 400);
  }
  const many = await send('POST', '', payment(99, { type: 'Refund', attributes: { amount: '-1' } }));
  hold('all errors at once', many.json?.errors?.length >= 2);

  const page = await send('GET', '?size=20');
  hold('a list has 20', page.status === 200 && page.json.data.length === 20);
  const next = await send('GET', String(page.json.links.next).slice(url.length));
  hold('links.next leads on', next.status === 200 && next.json.data[0]?.id === paymentId(0, 20));

  const change = payment(1, { version: 0, attributes: { amount: '1.00' } });
  const updated = await send('PUT', `/${paymentId(0, 1)}`, change);
  hold('update adds one to the version', updated.status === 200 && updated.json.data.version === 1);
  hold('update gives an ETag', updated.headers.etag === '"1"');
  hold('an old version is 409', (await send('PUT', `/${paymentId(0, 1)}`, change)).status === 409);
  const stale = await send('PUT', `/${paymentId(0, 1)}`, { ...change, version: 1 }, { 'If-Match': '"0"' });
  hold('If-Match that does not hold is 412', stale.status === 412);
  hold('another id in the body is 400', (await send('PUT', `/${paymentId(0, 2)}`, change)).status === 400);

  const metrics = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
  const counted = /http_request_duration_seconds_count\{[^}]*method="POST"[^}]*status="201"[^}]*\} 31\b/;
  hold('requests are counted in the metrics', counted.test(metrics));
  const deadline = performance.now() + 2000;
  while (!isLogged(log(), requestId) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  hold('every request has a JSON line in the log, with its id', isLogged(log(), requestId));
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly json: ReturnType<typeof JSON.parse>;
}

/** With node:http, because `fetch` adds `Cache-Control: no-cache` to a conditional request, which prevents the 304. */
async function call(method: string, url: string, body: string, headers: Record<string, string>): Promise<Reply> {
  const length = String(Buffer.byteLength(body));
  const sent = request(url, {
    method,
    headers: body === '' ? headers : { 'Content-Type': 'application/json', 'Content-Length': length, ...headers },
  });
  sent.end(body);
  const [response]: [IncomingMessage] = await once(sent, 'response').then(([first]) => [first]);
  const text = (await response.setEncoding('utf8').toArray()).join('');
  return { status: response.statusCode ?? 0, headers: response.headers, json: text === '' ? null : JSON.parse(text) };
}

function isLogged(log: string, requestId: string): boolean {
  const lines = log.split('\n').filter((line) => line.includes(requestId));
  return lines.length > 0 && lines.every((line) => typeof JSON.parse(line) === 'object');
}

/** Whether two JSON values are equal, regardless of the order of properties. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}
