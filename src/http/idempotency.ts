import { createHash, hash } from 'node:crypto';
import type { Change, Idempotency, Replay } from '../store/types.js';
import { type ProblemReply, problem } from './problems.js';

/** The key of a write, with a fingerprint of its request. `body` is byte for byte as received. */
export function idempotencyOf(
  key: string | undefined,
  target: readonly (string | number)[],
  body: string | Buffer,
): Idempotency | undefined {
  if (key === undefined) return undefined;
  const about = `${JSON.stringify(target)}\n`;
  const fingerprint =
    typeof body === 'string'
      ? hash('sha256', about + body, 'base64url')
      : createHash('sha256').update(about).update(body).digest('base64url');
  return { key, fingerprint };
}

export const REPLAYED = { 'Idempotent-Replayed': 'true' } as const;

/** The response to a write whose key was used before. `reply` makes the first response again. */
export function replayReply<Column extends string, Reply>(
  replay: Replay<Column>,
  reply: (change: Change<Column>) => Reply,
): Reply | ProblemReply<'idempotency_key_reused'> {
  if (replay.outcome === 'replayed') return reply(replay.change);
  return problem('idempotency_key_reused', 'The key was used for a request with another method, path or body.', [
    { pointer: '/header/idempotency-key', detail: 'was used for another request' },
  ]);
}
