import type { Context, Middleware } from 'koa';
import type { AnyReply, CompiledOperation } from '../../contract/contract.js';
import { ContractRequest } from '../../contract/contract-request.js';
import { JsonError } from '../../contract/json-document.js';
import { methodNotAllowed } from '../pages/pages.js';
import { problem } from '../problems.js';
import { discardReply } from '../respond.js';
import type { FoundOperation } from './routing.js';

/**
 * Lets the contract's operations respond. What the contract does not have is for the middleware after it.
 *
 * @param checkReply - looks at a reply before it is sent, to hold it against the contract
 */
export function contract(checkReply: (operation: CompiledOperation, reply: AnyReply) => void): Middleware {
  return async function contract(ctx, next) {
    const { found, call } = ctx;
    if (found === null) return next();
    if ('allow' in found) {
      ctx.reply = methodNotAllowed(call.method, found.allow);
      return;
    }
    call.phase = 'handling';
    const reply = await handle(ctx, found);
    checkReply(found.match.operation, reply);
    if (call.abandoned) discardReply(reply);
    else ctx.reply = reply;
  };
}

function handle({ call, document }: Context, { api, match }: FoundOperation): Promise<AnyReply> {
  const { headers } = call.request;
  if (!(document instanceof JsonError)) {
    return api.answer(new ContractRequest(match, call.queryText, headers, document, call));
  }
  return handleMalformed(document, api, new ContractRequest(match, call.queryText, headers, undefined, call));
}

async function handleMalformed(
  { fault: { pointer, detail } }: JsonError,
  api: FoundOperation['api'],
  request: ContractRequest,
): Promise<AnyReply> {
  request.addFault(pointer, detail);
  const reply = await api.answer(request);
  if (reply.problem?.code !== 'validation_failed') return reply;
  return problem('malformed_json', `${pointer === '' ? 'The body' : pointer} ${detail}.`, request.faults ?? []);
}
