import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { JsonPieces } from '../../src/contract/json/json-text.js';
import { writePieces } from '../../src/http/write-pieces.js';

const MIB = 1024 * 1024;
/** More than the kernel buffers for a client that does not read. */
const PIECE_BYTES = 7 * MIB;

describe('bodies in pieces', () => {
  /** How often each piece of each response was made, by path and piece. */
  const made = new Map<string, number>();
  /** The paths requested, each with the number of pieces made before it arrived. */
  const arrived = new Map<string, number>();
  let server: http.Server;

  const textOf = (name: string) => `${name}${'é'.repeat((PIECE_BYTES - name.length) / 2)}`;
  before(async () => {
    server = http.createServer((request, response) => {
      const { url = '' } = request;
      arrived.set(url, made.size);
      const pieces = ['one', 'two'].map((piece) => ({
        bytes: PIECE_BYTES,
        make: async () => {
          const name = `${url} ${piece}`;
          made.set(name, (made.get(name) ?? 0) + 1);
          if (url === '/broken' && piece === 'two') throw new Error('cannot be made');
          return [textOf(name)];
        },
      }));
      writePieces(response, url.split('/')[1] ?? '', new JsonPieces(pieces)).catch(() => response.destroy());
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  after(() => server.close());

  async function ask(path: string): Promise<http.IncomingMessage> {
    const { port } = server.address() as AddressInfo;
    const [response] = await once(http.get({ host: '127.0.0.1', port, path, agent: false }), 'response');
    return response.pause();
  }
  async function read(response: http.IncomingMessage): Promise<string> {
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part);
    return Buffer.concat(parts).toString();
  }

  it('of clients that do not read are discarded when others need the memory, and are complete later', async () => {
    // The first two fill the memory. Each later one gets its turn only because an earlier one is dropped.
    const paths = ['/a', '/b', '/c', '/d', '/e'];
    const responses = await Promise.all(paths.map(ask));
    expect([...made.values()]).to.deep.equal([1, 1, 1, 1, 1]);
    const bodies = await Promise.all(responses.map(read));
    paths.forEach((path, at) => {
      expect(bodies[at] === textOf(`${path} one`) + textOf(`${path} two`), path).to.equal(true);
    });
    expect(Math.max(...made.values())).to.be.above(1);
  });

  it('of a client that reads need not wait for those that do not', async () => {
    const stalled = await Promise.all(['/f', '/g', '/h'].map(ask));
    expect((await read(await ask('/i'))).length).to.be.above(PIECE_BYTES);
    for (const response of stalled) response.destroy();
  });

  it('of a client with many responses wait for those of another client', async () => {
    const paths = Array.from({ length: 12 }, (_, at) => `/many/${at}`);
    const stalled = paths.map(ask);
    while (!paths.every((path) => arrived.has(path))) await new Promise(setImmediate);
    await ask('/few').then(read);
    // Another response may have been next when it arrived.
    expect([...made.keys()].indexOf('/few one')).to.be.at.most((arrived.get('/few') ?? 0) + 1);
    for (const response of await Promise.all(stalled)) response.destroy();
  });

  it('end with an error if a piece cannot be made', async () => {
    expect(await read(await ask('/broken')).catch(({ code }) => code)).to.equal('ECONNRESET');
  });
});
