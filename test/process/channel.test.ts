import { EventEmitter, once } from 'node:events';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import { openChannel, type ProcessPort } from '../../src/process/channel.js';

/** One end of a channel within this process; messages are copied, as between processes. */
class Port extends EventEmitter implements ProcessPort {
  connected = true;
  other: Port | null = null;

  send(
    message: object,
    _socket: Socket | undefined,
    _options: object | undefined,
    done: (error: Error | null) => void,
  ): boolean {
    const copy = structuredClone(message);
    setImmediate(() => {
      done(null);
      try {
        this.other?.emit('message', copy, undefined);
      } catch (error) {
        this.other?.emit('uncaught', error);
      }
    });
    return true;
  }
}

interface Methods {
  add(...numbers: number[]): number | Promise<number>;
}

describe('a channel between processes', () => {
  let ports: [Port, Port];

  beforeEach(() => {
    ports = [new Port(), new Port()];
    [ports[0].other, ports[1].other] = [ports[1], ports[0]];
  });

  function open(own: Methods['add'], others: Methods['add'], timeoutMs = 5000) {
    return {
      here: openChannel<Methods, Methods>(ports[0], { methods: { add: own }, timeoutMs }),
      there: openChannel<Methods, Methods>(ports[1], { methods: { add: others }, timeoutMs }),
    };
  }

  /** The error of a call. */
  async function failure(reply: Promise<unknown>): Promise<string> {
    const error = await reply.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(Error);
    return error instanceof Error ? error.message : '';
  }

  it('carries calls both ways, also concurrently', async () => {
    const { here, there } = open(
      async (...numbers) => numbers.length,
      (...numbers) => numbers.reduce((sum, next) => sum + next, 0),
    );
    const sums = await Promise.all(Array.from({ length: 50 }, (_, index) => here.add(index, 1)));
    expect(sums).to.deep.equal(Array.from({ length: 50 }, (_, index) => index + 1));
    expect(await there.add(4, 5, 6)).to.equal(3);
  });

  it('reports a call that failed in the other process', async () => {
    const { here } = open(
      () => 0,
      () => {
        throw new RangeError('too few');
      },
    );
    expect(await failure(here.add())).to.equal('too few');
  });

  it('does not swallow what a handler of an event throws', async () => {
    const { here } = open(
      () => 0,
      () => {
        throw new RangeError('too few');
      },
    );
    const uncaught = once(ports[1], 'uncaught');
    await here.add.asEvent(1);
    expect((await uncaught).map(String)).to.deep.equal(['RangeError: too few']);
  });

  it('reports a reply that comes too late', async () => {
    const { here } = open(
      () => 0,
      () => new Promise(() => {}),
      30,
    );
    expect(await failure(here.add(1))).to.match(/timeout on calling "add"/);
  });

  it('fails calls to a process that has exited at once; events are lost', async () => {
    const { here } = open(
      () => 0,
      () => new Promise(() => {}),
    );
    const reply = failure(here.add(1));
    ports[0].connected = false;
    ports[0].emit('disconnect');
    expect(await reply).to.equal('the other process is gone');
    await here.add.asEvent(2);
  });

  it('ignores other messages', async () => {
    const { here } = open(
      () => 0,
      () => 1,
    );
    for (const stray of ['ready', null, 5, {}, { kind: 'toString' }, { kind: 7 }]) ports[0].emit('message', stray);
    expect(await here.add()).to.equal(1);
  });
});
