import { problemJson } from '../http/problems.js';
import type { AnyReply, CompiledOperation, ValidationError } from './contract.js';

/** What came of holding a reply against the contract. */
export interface ReplyCheckResult {
  readonly operationId: string;
  readonly status: number;
  /** What does not fit; null where all does. */
  readonly fault: string | null;
}

/**
 * Holds replies against the contract while they are sent: the compiler has checked their types, but not their values.
 *
 * @param options - `share`: of the replies, how many are looked at (0 to 1); `onResult`: who is told
 * @returns a function to be called with every reply
 */
export function createReplyCheck({
  share,
  onResult,
}: {
  readonly share: number;
  readonly onResult: (result: ReplyCheckResult) => void;
}): (operation: CompiledOperation, reply: AnyReply) => void {
  return function checkReply(operation, reply) {
    if (share < 1 && Math.random() >= share) return;
    const { operationId } = operation;
    onResult({ operationId, status: reply.status, fault: faultOf(operation, reply) });
  };
}

function faultOf({ statuses, replyMediaTypes, validators }: CompiledOperation, reply: AnyReply): string | null {
  const { status } = reply;
  if (!statuses.includes(status)) return 'the status is not documented';
  const mediaTypes = replyMediaTypes[status] ?? [];
  const content = reply.problem ? problemJson(reply.problem, 'check') : reply.body;
  if (content === undefined) return mediaTypes.length === 0 ? null : 'the body is missing';
  if (mediaTypes.length === 0) return 'there is a body where none is documented';
  const mediaType = (reply.contentType ?? 'application/json').split(';')[0] ?? '';
  if (!mediaTypes.includes(mediaType)) return `the media type ${mediaType} is not documented`;
  const validate = validators.reply[status];
  if (!validate || validate(typeof content === 'string' ? JSON.parse(content) : content)) return null;
  return (validate.errors ?? []).map(describe).join('; ');
}

function describe({ instancePath, message }: ValidationError): string {
  return `${instancePath} ${message}`;
}
