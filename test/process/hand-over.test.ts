import { once } from 'node:events';
import net from 'node:net';
import { expect } from 'chai';
import { HandOver } from '../../src/process/hand-over.js';
import type { Accepted, WorkerProcess } from '../../src/process/worker-process.js';

const LIMIT = 3;

describe('the hand-over of connections', () => {
  let server: net.Server;
  let sockets: net.Socket[];
  let lines: { readonly message: string; readonly facts: object | undefined }[];
  /** The connections that the worker got, in order. */
  let received: Accepted[];
  let canReceive: boolean;

  const worker = {
    get canReceive() {
      return canReceive;
    },
    connectionCount: 0,
    handOver: (accepted: Accepted) => void received.push(accepted),
  } as unknown as WorkerProcess;
  const log = {
    info() {},
    warn: (message: string, facts?: object) => void lines.push({ message, facts }),
  };

  beforeEach(async () => {
    sockets = [];
    lines = [];
    received = [];
    canReceive = false;
    server = net.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });

  /** Accepts connections of a client, by its address. */
  async function accept(count: number, localAddress = '127.0.0.1'): Promise<Accepted[]> {
    const accepted: Accepted[] = [];
    for (let at = 0; at < count; at += 1) {
      const client = net.connect({ port: (server.address() as net.AddressInfo).port, host: '127.0.0.1', localAddress });
      client.on('error', () => {});
      sockets.push(client);
      const [socket] = (await once(server, 'connection')) as [net.Socket];
      socket.on('error', () => {});
      sockets.push(socket);
      accepted.push({ listener: 'api', socket });
    }
    return accepted;
  }

  it('keeps the order of acceptance, however long they waited', async () => {
    const handOver = new HandOver(() => [worker], log, LIMIT);
    const accepted = await accept(LIMIT);
    for (const connection of accepted) handOver.add(connection);
    await new Promise((resolve) => setTimeout(resolve, 150));
    canReceive = true;
    handOver.next();
    expect(received).to.deep.equal(accepted);
    expect(handOver.waiting).to.equal(0);
  });

  it('closes those beyond the limit, reports it once a period, and keeps those that waited', async () => {
    const handOver = new HandOver(() => [worker], log, LIMIT);
    const accepted = await accept(LIMIT + 2);
    for (const connection of accepted) handOver.add(connection);
    expect(handOver.waiting).to.equal(LIMIT);
    expect(accepted.map(({ socket }) => socket.destroyed)).to.deep.equal([false, false, false, true, true]);
    expect(lines.map(({ message }) => message)).to.deep.equal(['connections are rejected: too many wait for a worker']);
    canReceive = true;
    handOver.next();
    expect(received).to.deep.equal(accepted.slice(0, LIMIT));
  });

  it('takes the addresses in turn, and beyond the limit closes those of the one with the most', async () => {
    const handOver = new HandOver(() => [worker], log, LIMIT);
    const flood = await accept(LIMIT + 1, '127.0.0.2');
    const polite = await accept(1);
    for (const connection of [...flood, ...polite]) handOver.add(connection);
    expect(flood.map(({ socket }) => socket.destroyed)).to.deep.equal([false, false, true, true]);
    canReceive = true;
    handOver.next();
    expect(received).to.deep.equal([flood[0], polite[0], flood[1]]);
    expect(handOver.waiting).to.equal(0);
  });

  it('closes none while the listeners close, and settles when the last is handed over', async () => {
    const handOver = new HandOver(() => [worker], log, LIMIT);
    handOver.stopRejecting();
    const accepted = await accept(LIMIT + 2);
    for (const connection of accepted) handOver.add(connection);
    const settled = handOver.settled();
    canReceive = true;
    handOver.next();
    await settled;
    expect(received).to.deep.equal(accepted);
  });
});
