import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import {
  type Channel,
  ChannelError,
  createChannel,
  notice,
  type ProcessPort,
  question,
} from '../../src/process/channel.js';

/** One end of a channel within this process; messages are copied, as between processes. */
class Port extends EventEmitter implements ProcessPort {
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
      this.other?.emit('message', copy, undefined);
    });
    return true;
  }
}

const add = question<readonly number[], number>('add');
const unknown = question<null, null>('unknown');
const news = notice<string>('news');

describe('a channel between processes', () => {
  let ports: [Port, Port];
  let here: Channel;
  let there: Channel;

  beforeEach(() => {
    ports = [new Port(), new Port()];
    [ports[0].other, ports[1].other] = [ports[1], ports[0]];
    here = createChannel(ports[0], { onMessage: () => {} });
    there = createChannel(ports[1], { onMessage: () => {} });
  });

  /** What a question failed with. */
  async function failure(answer: Promise<unknown>): Promise<string> {
    const error = await answer.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(ChannelError);
    return error instanceof Error ? error.message : '';
  }

  it('carries questions and answers both ways, also many at once', async () => {
    there.answer(add, (numbers) => numbers.reduce((sum, next) => sum + next, 0));
    here.answer(add, async (numbers) => numbers.length);
    const sums = await Promise.all(Array.from({ length: 50 }, (_, index) => here.ask(add, [index, 1])));
    expect(sums).to.deep.equal(Array.from({ length: 50 }, (_, index) => index + 1));
    expect(await there.ask(add, [4, 5, 6])).to.equal(3);
  });

  it('carries notices', async () => {
    const told = new Promise((resolve) => there.onTold(news, resolve));
    here.tell(news, 'hello');
    expect(await told).to.equal('hello');
  });

  it('tells of an answer that failed, without its stack', async () => {
    there.answer(add, () => {
      throw new RangeError('too many');
    });
    expect(await failure(here.ask(add, []))).to.equal('too many');
  });

  it('tells of a question nobody answers, and of an answer that comes too late', async () => {
    there.answer(add, () => new Promise(() => {}));
    expect(await failure(here.ask(unknown, null))).to.equal('nobody answers unknown');
    expect(await failure(here.ask(add, [], 30))).to.equal('no answer to add within 30 ms');
  });

  it('fails what was asked of a process that is gone, at once', async () => {
    there.answer(add, () => new Promise(() => {}));
    const answer = failure(here.ask(add, []));
    ports[0].emit('disconnect');
    expect(await answer).to.equal('the other process is gone');
    expect(await failure(here.ask(add, []))).to.equal('the other process is gone');
  });

  it('ignores what others send on it', async () => {
    for (const stray of ['ready', null, 5, {}, { kind: 'toString' }, { kind: 7 }]) ports[0].emit('message', stray);
    there.answer(add, () => 1);
    expect(await here.ask(add, [])).to.equal(1);
  });
});
