import { type Context, OpenAPIBackend } from 'openapi-backend';
import { problem } from '../http/problems.js';
import { CompiledRouter, type MethodMismatch } from './compiled-router.js';
import { CompiledValidator, type Rule } from './compiled-validator.js';
import type { AnyHandler, AnyReply, CompiledContract, CompiledOperation, Definition } from './contract.js';
import { ContractRequest, type RouteMatch } from './contract-request.js';

/** A contract that is served: finds the operation of a request, and answers it. */
export interface ContractApi {
  /** The contract as it is served, under its real prefix. */
  readonly definition: Definition;
  readonly operations: readonly CompiledOperation[];
  /**
   * @param method - in capitals
   * @param path - as it stands in the URL, without the query
   */
  find(method: string, path: string): RouteMatch | MethodMismatch | null;
  /** Validates a request and lets its handler answer, or reports everything that is wrong with it. */
  answer(request: ContractRequest): Promise<AnyReply>;
}

/** What makes a contract live. */
export interface ContractApiOptions {
  readonly contract: CompiledContract;
  /** By operationId; `handlersOf` in `contract.ts` gives them once the compiler has checked them. */
  readonly handlers: Readonly<Record<string, AnyHandler>>;
  /** By operationId: checks beyond the schemas. */
  readonly rules?: Readonly<Record<string, Rule>>;
}

/** openapi-backend with a document that is complete as it is: the packages that would read it and look for others are not even loaded. */
class CompiledBackend extends OpenAPIBackend<Definition> {
  override async loadDocument(): Promise<Definition> {
    this.document = this.inputDocument as Definition;
    return this.document;
  }
}

/**
 * Serves a contract through openapi-backend, with compiled routing and validation in place of its own.
 *
 * @param options - the contract, its handlers and rules
 * @throws Error where an operation has no handler or a handler no operation, which the types already refuse
 */
export async function createContractApi({ contract, handlers, rules = {} }: ContractApiOptions): Promise<ContractApi> {
  const { definition, operations } = contract;
  const backend = new CompiledBackend({ definition, quick: true });
  await backend.init();
  const router = new CompiledRouter(backend.definition, operations);
  backend.router = router;
  backend.validator = new CompiledValidator(backend.definition, router, rules);
  for (const { operationId } of operations) {
    const handler = handlers[operationId];
    if (!handler) throw new Error(`the operation ${operationId} has no handler`);
    backend.register(operationId, (context: Context) => handler(handlerRequest(context.request)));
  }
  backend.register({
    validationFail: (context: Context) => refusal(context.request),
    notFound: () => problem('route_not_found', 'There is nothing at this path.'),
    methodNotAllowed: () => problem('method_not_allowed', 'The path does not know this method.'),
    // The compiler has checked that no operation lacks its handler; openapi-backend wants an answer all the same.
    notImplemented: () => problem('internal_error', 'The operation has no handler.'),
  });
  return {
    definition,
    operations,
    find: (method, path) => router.find(method, path),
    answer: (request) => backend.handleRequest(request),
  };
}

function handlerRequest(request: unknown): Parameters<AnyHandler>[0] {
  if (!(request instanceof ContractRequest)) throw new TypeError('openapi-backend handed on another request');
  const { params, parameters, requestHeaders, document, call } = request;
  return { path: params, query: parameters, headers: requestHeaders, body: document?.value, document, call };
}

function refusal(request: unknown): AnyReply {
  const faults = request instanceof ContractRequest ? (request.faults ?? []) : [];
  const [first] = faults;
  const detail =
    faults.length === 1 && first
      ? `${first.pointer === '' ? 'The body' : first.pointer} ${first.detail}.`
      : `${faults.length} things are wrong with this request; errors lists them.`;
  return problem('validation_failed', detail, faults);
}
