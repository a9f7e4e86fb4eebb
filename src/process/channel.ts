import { Socket } from 'node:net';
import { isMessage, type Message } from './messages.js';

/** The end of a channel between two processes: a `ChildProcess`, or a child's own `process`. */
export interface ProcessPort {
  send?(
    message: object,
    handle: Socket | undefined,
    options: object | undefined,
    callback: (error: Error | null) => void,
  ): boolean;
  on(event: 'message', listener: (message: unknown, handle: unknown) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
}

/** A question one process may ask another. Both sides name it by the same object, which also carries the types. */
export interface Question<Request, Reply> {
  readonly name: string;
  readonly types?: (request: Request) => Reply;
}

/** Something one process may tell another, without an answer. */
export interface Notice<Payload> {
  readonly name: string;
  readonly types?: (payload: Payload) => void;
}

/**
 * @param name - unique among the questions of the program
 */
export function question<Request, Reply>(name: string): Question<Request, Reply> {
  return { name };
}

/**
 * @param name - unique among the notices of the program
 */
export function notice<Payload>(name: string): Notice<Payload> {
  return { name };
}

/** An answer that did not come: too late, the other process is gone, or it failed there. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError';
}

export interface Channel {
  /**
   * Asks the other process.
   *
   * @param question - what
   * @param request - plain data
   * @param timeoutMs - how long the answer is waited for
   * @throws ChannelError
   */
  ask<Request, Reply>(question: Question<Request, Reply>, request: Request, timeoutMs?: number): Promise<Reply>;
  /** Answers a question of the other process. What `answer` throws is told by its message alone. */
  answer<Request, Reply>(
    question: Question<Request, Reply>,
    answer: (request: Request) => Reply | Promise<Reply>,
  ): void;
  /** Tells the other process something; lost where it is gone. */
  tell<Payload>(notice: Notice<Payload>, payload: Payload): void;
  /** Listens to what the other process tells. */
  onTold<Payload>(notice: Notice<Payload>, listener: (payload: Payload) => void): void;
  /** Sends a message of the processes' own protocol; `done` is called once it was written, or could not be. */
  send(message: Message, socket?: Socket, done?: (error: Error | null) => void): void;
}

export interface ChannelOptions {
  /** Messages of the processes' own protocol. */
  readonly onMessage: (message: Message, socket: Socket | null) => void;
  /** The other process is gone. */
  readonly onGone?: () => void;
}

const ASK_TIMEOUT_MS = 5000;
/** A socket that was sent stays open here too, until the sender closes it: the receiver may die before it has it. */
const KEEP_OPEN = { keepOpen: true };

interface Asked {
  readonly resolve: (reply: never) => void;
  readonly reject: (error: ChannelError) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Questions, notices and messages over the channel between two processes.
 *
 * @param port - this end of it
 * @param options - who is told of what arrives
 */
export function createChannel(port: ProcessPort, { onMessage, onGone = () => {} }: ChannelOptions): Channel {
  const asked = new Map<number, Asked>();
  // What arrives under a name has the types of the question of that name: the other end is the same program.
  const answers = new Map<string, (request: never) => unknown>();
  const listeners = new Map<string, (payload: never) => void>();
  let lastId = 0;
  let isGone = false;

  function send(message: Message, socket?: Socket, done: (error: Error | null) => void = () => {}): void {
    if (isGone || !port.send) done(new ChannelError('the other process is gone'));
    else port.send(message, socket, KEEP_OPEN, done);
  }

  function ask<Request, Reply>(
    { name }: Question<Request, Reply>,
    payload: Request,
    timeoutMs = ASK_TIMEOUT_MS,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      lastId += 1;
      const id = lastId;
      const timer = setTimeout(() => fail(id, `no answer to ${name} within ${timeoutMs} ms`), timeoutMs);
      asked.set(id, { resolve, reject, timer });
      send({ kind: 'ask', id, name, payload }, undefined, (error) => {
        if (error) fail(id, error.message);
      });
    });
  }

  function take(id: number): Asked | undefined {
    const found = asked.get(id);
    if (found) clearTimeout(found.timer);
    asked.delete(id);
    return found;
  }

  function fail(id: number, reason: string): void {
    take(id)?.reject(new ChannelError(reason));
  }

  async function reply(id: number, name: string, request: unknown): Promise<void> {
    try {
      const answer = answers.get(name);
      if (!answer) throw new ChannelError(`nobody answers ${name}`);
      send({ kind: 'answer', id, reply: await answer(request as never) });
    } catch (error) {
      send({ kind: 'failure', id, reason: error instanceof Error ? error.message : String(error) });
    }
  }

  port.on('message', (message, handle) => {
    if (!isMessage(message)) return;
    if (message.kind === 'ask') void reply(message.id, message.name, message.payload);
    else if (message.kind === 'answer') take(message.id)?.resolve(message.reply as never);
    else if (message.kind === 'failure') fail(message.id, message.reason);
    else if (message.kind === 'tell') listeners.get(message.name)?.(message.payload as never);
    else onMessage(message, handle instanceof Socket ? handle : null);
  });
  port.on('disconnect', () => {
    isGone = true;
    for (const id of [...asked.keys()]) fail(id, 'the other process is gone');
    onGone();
  });

  return {
    ask,
    answer: ({ name }, answer) => void answers.set(name, answer),
    tell: ({ name }, payload) => send({ kind: 'tell', name, payload }),
    onTold: ({ name }, listener) => void listeners.set(name, listener),
    send,
  };
}
