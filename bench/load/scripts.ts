import { ORGANISATION_ID, paymentId } from './payments.js';
import type { IdRange, Script } from './protocol.js';

/** Requests that are prepared before a load begins. More would cost memory, and time before each turn. */
const DISTINCT_GETS = 100_000;
/** Payments of each connection. */
const UPDATED_EACH = 16;

/** The result of `check` for an allowed rejection. */
export const SHED = 'shed';

/** The requests of a load and their expected responses: one at a time for each connection. */
export interface RunningScript {
  /** Reads from the server what the checks need. Not measured. */
  prepare(): Promise<void>;
  /** The next request of a connection; null after the last. */
  next(connection: number): string | null;
  /** @returns the error in the response to the connection's last request, or null */
  check(connection: number, status: number, text: string, headLength: number, bodyLength: number): string | null;
}

/** @param port - of the server, on the loopback address */
export function startScript(script: Script, port: number, connections: number): RunningScript {
  switch (script.kind) {
    case 'get':
      return getScript(script, port, connections);
    case 'list':
      return listScript(script, port);
    case 'create':
      return createScript(script.ids, script.attributes, port, connections);
    case 'update':
      return updateScript(script.ids, script.attributes, port, connections);
  }
}

function getScript(script: Extract<Script, { kind: 'get' }>, port: number, connections: number): RunningScript {
  const { ids, mayShed = false } = script;
  const distinct = Math.min(ids.count, DISTINCT_GETS);
  const stride = Math.floor(ids.count / distinct);
  const requests: string[] = [];
  const markers: string[] = [];
  for (let i = 0; i < distinct; i += 1) {
    const id = idAt(ids, i * stride);
    requests.push(head('GET', `/v1/payments/${id}`, port));
    markers.push(`"id":"${id}"`);
  }
  const last = new Int32Array(connections);
  let cursor = 0;
  let expectedLength = 0;
  return {
    prepare: async () => {},
    next(connection) {
      cursor = cursor + 1 === distinct ? 0 : cursor + 1;
      last[connection] = cursor;
      return requests[cursor] ?? null;
    },
    check(connection, status, text, headLength, bodyLength) {
      if (status === 503 && mayShed) return SHED;
      if (status !== 200) return `status ${status}`;
      if (text.indexOf(markers[last[connection] ?? 0] ?? '', headLength) === -1) return 'another payment';
      // Seeded payments have ids and attributes of one length and never change in this script.
      if (expectedLength === 0) expectedLength = bodyLength;
      return bodyLength === expectedLength ? null : 'another length';
    },
  };
}

function listScript(script: Extract<Script, { kind: 'list' }>, port: number): RunningScript {
  const request = head('GET', script.path, port);
  const marker = `"id":"${script.firstId}"`;
  let expectedLength = 0;
  return {
    async prepare() {
      const response = await fetch(`http://127.0.0.1:${port}${script.path}`);
      const text = await response.text();
      expectedLength = Buffer.byteLength(text);
      const { data, links } = JSON.parse(text);
      const isRight = data?.length === script.count && data[0].id === script.firstId && links.next !== undefined;
      if (!isRight) throw new Error(`the page at ${script.path} is not the one expected: ${text.slice(0, 200)}`);
    },
    next: () => request,
    check(_connection, status, text, headLength, bodyLength) {
      if (status !== 200) return `status ${status}`;
      if (text.indexOf(marker, headLength) === -1) return 'another page';
      return bodyLength === expectedLength ? null : 'another length';
    },
  };
}

function createScript(ids: IdRange, attributes: string, port: number, connections: number): RunningScript {
  const tail = `","type":"Payment","organisation_id":"${ORGANISATION_ID}","attributes":${attributes}}}`;
  const bodyStart = '{"data":{"id":"';
  const bodyLength = bodyStart.length + paymentId(0, 0).length + tail.length;
  const start = bodyHead('POST', '/v1/payments', port, bodyLength) + bodyStart;
  const last = new Array<string>(connections).fill('');
  let index = 0;
  return {
    prepare: async () => {},
    next(connection) {
      if (index >= ids.count) return null;
      const id = idAt(ids, index);
      index += 1;
      last[connection] = id;
      return start + id + tail;
    },
    check(connection, status, text, headLength) {
      if (status !== 201) return `status ${status}`;
      return text.indexOf(`"id":"${last[connection]}"`, headLength) === -1 ? 'another payment' : null;
    },
  };
}

/** Each connection has its own payments, so that every update has the stored version. */
function updateScript(ids: IdRange, attributes: string, port: number, connections: number): RunningScript {
  const each = Math.max(1, Math.min(UPDATED_EACH, Math.floor(ids.count / connections)));
  const versions = new Int32Array(each * connections);
  const last = new Int32Array(connections);
  const tail = `,"type":"Payment","organisation_id":"${ORGANISATION_ID}","attributes":${attributes}}}`;
  const stride = Math.max(1, Math.floor(ids.count / (each * connections)));
  const idOf = (slot: number) => idAt(ids, slot * stride);
  return {
    async prepare() {
      const slots = [...versions.keys()];
      const read = async (slot: number) => {
        const response = await fetch(`http://127.0.0.1:${port}/v1/payments/${idOf(slot)}`);
        const { data } = (await response.json()) as { data?: { version?: number } };
        if (data?.version === undefined) throw new Error(`payment ${idOf(slot)} is not there to be updated`);
        versions[slot] = data.version;
      };
      for (let i = 0; i < slots.length; i += 64) await Promise.all(slots.slice(i, i + 64).map(read));
    },
    next(connection) {
      const previous = last[connection] ?? 0;
      const slot = connection * each + ((previous + 1) % each);
      last[connection] = slot - connection * each;
      const id = idOf(slot);
      const body = `{"data":{"id":"${id}","version":${versions[slot]}${tail}`;
      return bodyHead('PUT', `/v1/payments/${id}`, port, body.length) + body;
    },
    check(connection, status, text, headLength) {
      if (status !== 200) return `status ${status}`;
      const slot = connection * each + (last[connection] ?? 0);
      const version = (versions[slot] ?? 0) + 1;
      versions[slot] = version;
      if (text.indexOf(`"id":"${idOf(slot)}"`, headLength) === -1) return 'another payment';
      // The version may be the last property.
      const isThere = [',', '}'].some((end) => text.indexOf(`"version":${version}${end}`, headLength) !== -1);
      return isThere ? null : 'another version';
    },
  };
}

function idAt({ namespace, firstIndex, step = 1 }: IdRange, place: number): string {
  return paymentId(namespace, firstIndex + place * step);
}

function head(method: string, path: string, port: number): string {
  return `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: application/json\r\n\r\n`;
}

function bodyHead(method: string, path: string, port: number, bodyLength: number): string {
  const start = head(method, path, port).slice(0, -2);
  return `${start}Content-Type: application/json\r\nContent-Length: ${bodyLength}\r\n\r\n`;
}
