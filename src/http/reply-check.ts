import { createReplyCheck } from '../contract/reply.js';
import type { AnyReply, CompiledOperation } from '../contract/types.js';
import type { Logger } from '../observe/logger.js';
import type { Metrics } from '../observe/metrics.js';
import type { ProblemFormat } from './problems.js';

export interface CheckRepliesOptions {
  /** Of the replies, how many are looked at (0 to 1). */
  readonly share: number;
  readonly problems: ProblemFormat;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'replyValidated'>;
}

/**
 * Holds replies against the contract, and shows in log and metrics what does not fit. Neither that nor a check that fails
 * changes a response.
 *
 * @param options - see `CheckRepliesOptions`
 */
export function checkReplies({ share, problems, logger, metrics }: CheckRepliesOptions) {
  const check = createReplyCheck({
    share,
    renderProblem: (details, status) => problems.json(details, 'check', status),
    onResult({ error, ...reply }) {
      metrics.replyValidated(error === null ? 'valid' : 'invalid');
      if (error !== null) logger.error('a reply does not fit the contract', { ...reply, error });
    },
  });
  return (operation: CompiledOperation, reply: AnyReply): void => {
    try {
      check(operation, reply);
    } catch (error) {
      logger.error('a reply could not be checked', { operation: operation.operationId, error });
    }
  };
}
