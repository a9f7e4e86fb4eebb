import { Socket } from 'node:net';
import { type BirpcReturn, createBirpc } from 'birpc';

/** One end of a channel between two processes: a `ChildProcess`, or a child's own `process`. */
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

/** The methods of the other process. `method.asEvent(…)` does not wait for a reply. */
export type Remote<Methods extends object> = BirpcReturn<Methods, object>;

/** A connection that is handed over; `listener` names the primary's listener that accepted it. */
export interface ConnectionMessage {
  readonly kind: 'connection';
  readonly id: number;
  readonly listener: string;
}

export interface ChannelOptions<Methods extends object> {
  readonly methods: Methods;
  readonly timeoutMs: number;
  /** The socket is null if it was lost, because this process had no free file descriptor. */
  readonly onConnection?: (message: ConnectionMessage, socket: Socket | null) => void;
  readonly onGone?: () => void;
}

/** The sender keeps its copy of the socket until it closes it: the receiver may die before the socket arrives. */
const KEEP_OPEN = { keepOpen: true };

/**
 * Remote calls between two processes, with birpc. A channel keeps the order, sockets included: a message sent after a
 * connection arrives after it. Draining relies on this.
 *
 * @param port - this end of the channel
 * @returns the methods of the other process. If that is gone, events are lost and calls fail
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

/** The socket stays open here, too. */
export function sendConnection(port: ProcessPort, message: ConnectionMessage, socket: Socket): void {
  if (port.connected) port.send?.(message, socket, KEEP_OPEN, () => {});
}

/** birpc's message for a call without a reply. */
interface EventMessage {
  readonly t: 'q';
  readonly m: string;
  readonly a: readonly unknown[];
}

function isEvent(message: unknown): message is EventMessage {
  return typeof message === 'object' && message !== null && 't' in message && message.t === 'q' && !('i' in message);
}

/** birpc would swallow the method's error. Here it is uncaught, and ends the process. */
function handleEvent(methods: object, { m, a }: EventMessage): void {
  const method: unknown = Object.hasOwn(methods, m) ? Reflect.get(methods, m) : undefined;
  if (typeof method === 'function') method(...a);
}

function isConnection(message: unknown): message is ConnectionMessage {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'connection';
}
