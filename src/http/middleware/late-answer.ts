import type { AnyReply } from '../../contract/contract.js';
import type { Exchange } from '../exchange.js';
import { problem, REPO_PROBLEM_DETAILS } from '../problems.js';
import { renderReply, writeReply } from '../respond.js';

/**
 * Answers a request whose time is up, wherever it is: 408 while the client has not finished sending it, else 503. The
 * repository is told not to begin what it has not begun; what it has begun may still happen, and the answer says so.
 *
 * @param exchange - the request
 * @returns whether it was still to be answered
 */
export function answerLate(exchange: Exchange): boolean {
  if (exchange.answered) return false;
  exchange.abandoned = true;
  exchange.stage = exchange.phase;
  const rendered = renderReply(lateReply(exchange), exchange);
  if (exchange.phase === 'receiving') rendered.headers.push('Connection', 'close');
  exchange.close(rendered.status, rendered.bytes);
  writeReply(exchange.response, rendered);
  return true;
}

function lateReply(exchange: Exchange): AnyReply {
  if (exchange.phase === 'receiving') return problem('request_timeout', 'The body did not arrive in time.');
  if (exchange.sent) return problem('outcome_unknown', REPO_PROBLEM_DETAILS.outcome_unknown);
  return problem('deadline_exceeded', 'The answer was not ready in time; nothing was changed. Try again.');
}
