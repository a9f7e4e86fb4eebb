import { Socket } from 'node:net';
import { type BirpcReturn, createBirpc } from 'birpc';

/** The end of a channel between two processes: a `ChildProcess`, or a child's own `process`. */
export interface ProcessPort {
  readonly connected: boolean;
  send?(
    message: object,
    handle: Socket | undefined,
    options: object | undefined,
    callback: (error: Error | null) => void,
  ): boolean;
  on(event: 'message', listener: (message: unknown, handle: unknown) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
}

/** The methods of the other process. `method.asEvent(…)` waits for no reply. */
export type Remote<Methods extends object> = BirpcReturn<Methods, object>;

/** A connection that is handed over; `listener` says which of the primary's it came by. */
export interface ConnectionMessage {
  readonly kind: 'connection';
  readonly id: number;
  readonly listener: string;
}

export interface ChannelOptions<Methods extends object> {
  /** What the other process may call. */
  readonly methods: Methods;
  /** How long a reply is waited for. */
  readonly timeoutMs: number;
  /** The socket is null if it was lost on its way, because there was no file descriptor here. */
  readonly onConnection?: (message: ConnectionMessage, socket: Socket | null) => void;
  /** The other process is gone. */
  readonly onGone?: () => void;
}

/** A socket that was sent stays open here too, until the sender closes it: the receiver may die before it has it. */
const KEEP_OPEN = { keepOpen: true };

/**
 * Calls between two processes, by birpc. A channel keeps the order, sockets included: whatever is sent after a connection
 * arrives after it, which is what makes draining exact.
 *
 * @param port - this end of the channel
 * @returns the methods of the other process. Events to a process that is gone are lost; calls fail.
 */
export function openChannel<Other extends object, Own extends object>(
  port: ProcessPort,
  { methods, timeoutMs, onConnection = () => {}, onGone = () => {} }: ChannelOptions<Own>,
): Remote<Other> {
  const other = createBirpc<Other, Own>(methods, {
    timeout: timeoutMs,
    post(message: object) {
      if (port.connected) port.send?.(message, undefined, undefined, () => {});
    },
    on(receive) {
      port.on('message', (message, handle) => {
        if (isConnection(message)) onConnection(message, handle instanceof Socket ? handle : null);
        else if (isEvent(message)) handleEvent(methods, message);
        // Other modules may use the channel too.
        else if (typeof message === 'object' && message !== null) receive(message);
      });
    },
  });
  port.on('disconnect', () => {
    other.$rejectPendingCalls(({ reject }) => reject(new Error('the other process is gone')));
    onGone();
  });
  return other;
}

/**
 * Hands a connection to the process at the other end.
 *
 * @param port - this end of the channel
 * @param socket - stays open here, too
 */
export function sendConnection(port: ProcessPort, message: ConnectionMessage, socket: Socket): void {
  if (port.connected) port.send?.(message, socket, KEEP_OPEN, () => {});
}

/** How birpc sends a call for whose reply nobody waits. */
interface EventMessage {
  readonly t: 'q';
  readonly m: string;
  readonly a: readonly unknown[];
}

function isEvent(message: unknown): message is EventMessage {
  return typeof message === 'object' && message !== null && 't' in message && message.t === 'q' && !('i' in message);
}

/** birpc would swallow what the method throws. Here it is uncaught, and ends the process. */
function handleEvent(methods: object, { m, a }: EventMessage): void {
  const method: unknown = Object.hasOwn(methods, m) ? Reflect.get(methods, m) : undefined;
  if (typeof method === 'function') method(...a);
}

function isConnection(message: unknown): message is ConnectionMessage {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'connection';
}
