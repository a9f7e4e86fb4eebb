/**
 * The floor: `node:http` and the database, without validation, log, metrics, limits or request ids. The difference to
 * it is the cost of a service's features.
 */
import { createServer, type ServerResponse } from 'node:http';
import { pageText, paymentText, paymentUrl } from './support/bodies.js';
import { MAX_RESULTS, readOptions } from './support/options.js';
import { decodeCursor, etagOf } from './support/requests.js';
import { openStore, textAttributes } from './support/store.js';

const options = readOptions();
const store = await openStore(options, textAttributes);

const LIST = '/v1/payments';

function send(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

async function list(response: ServerResponse, url: string): Promise<void> {
  const query = new URLSearchParams(url.slice(LIST.length));
  const size = Math.min(Number(query.get('size') ?? MAX_RESULTS), MAX_RESULTS);
  const after = query.get('after') ?? undefined;
  const page = await store.list(after === undefined ? 0 : (decodeCursor(after) ?? 0), size);
  send(response, 200, pageText(options, page, { after }, size));
}

async function get(response: ServerResponse, id: string): Promise<void> {
  const payment = await store.find(id);
  if (payment === null) send(response, 404, '{}');
  else send(response, 200, paymentText(options, payment), { ETag: etagOf(payment.version) });
}

async function write(response: ServerResponse, method: string, body: string): Promise<void> {
  const { id, version = 0, organisation_id: organisationId, attributes } = JSON.parse(body).data;
  const sent = { id, version, organisationId, attributes: JSON.stringify(attributes) };
  if (method === 'POST') {
    if (!(await store.create(sent))) return send(response, 409, '{}');
    const headers = { ETag: etagOf(0), Location: paymentUrl(options, id) };
    return send(response, 201, paymentText(options, { ...sent, version: 0 }), headers);
  }
  if ((await store.update(sent)) !== 'updated') return send(response, 409, '{}');
  const updated = { ...sent, version: version + 1 };
  send(response, 200, paymentText(options, updated), { ETag: etagOf(updated.version) });
}

const server = createServer((request, response) => {
  const { method = 'GET', url = '/' } = request;
  const settle = (work: Promise<void>) => void work.catch(() => response.destroy());
  if (method === 'POST' || method === 'PUT') {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => settle(write(response, method, String(Buffer.concat(chunks)))));
  } else if (url === '/health') send(response, 200, '{"status":"up"}');
  else if (url === LIST || url.startsWith(`${LIST}?`)) settle(list(response, url));
  else settle(get(response, decodeURIComponent(url.slice(LIST.length + 1))));
});
server.listen(options.port, options.host);
