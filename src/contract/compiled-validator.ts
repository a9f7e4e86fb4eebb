import { OpenAPIValidator, type Operation, type Request, type ValidationResult } from 'openapi-backend';
import type { CompiledRouter } from './compiled-router.js';
import type { CompiledOperation, Definition, Fault, ValidateFunction } from './contract.js';
import { ContractRequest } from './contract-request.js';
import { faultOf } from './faults.js';
import { escapePointer } from './json-document.js';
import { parseQuery } from './query.js';

const VALID: ValidationResult<never> = { valid: true };
const INVALID: ValidationResult<never> = { valid: false, errors: [] };

/** A check that spans several members or parameters, which a schema cannot express; finds what is wrong, if anything. */
export type Rule = (request: ContractRequest) => void;

/**
 * openapi-backend's validator with the validators that were compiled when the contract was generated. It reports
 * every fault of a request at once, and types the parameters on the way.
 */
export class CompiledValidator extends OpenAPIValidator<Definition> {
  readonly #rules: Readonly<Record<string, Rule>>;
  readonly #plans = new Map<CompiledOperation, Plan>();

  /**
   * @param definition - the contract, dereferenced
   * @param router - finds the operation of a request
   * @param rules - by operationId: checks beyond the schemas
   */
  constructor(definition: Definition, router: CompiledRouter, rules: Readonly<Record<string, Rule>>) {
    super({ definition, router, lazyCompileValidators: true });
    this.#rules = rules;
  }

  override validateRequest(req: Request, operation?: Operation<Definition> | string): ValidationResult<Request> {
    if (!(req instanceof ContractRequest)) return super.validateRequest(req, operation);
    const compiled = req.match.operation;
    let plan = this.#plans.get(compiled);
    if (!plan) {
      plan = planFor(compiled, this.#rules[compiled.operationId]);
      this.#plans.set(compiled, plan);
    }
    check(req, plan);
    return req.faults ? INVALID : VALID;
  }
}

/** What has to be looked at for an operation, worked out once. */
interface Plan {
  readonly validators: CompiledOperation['validators'];
  readonly pathNames: readonly string[];
  readonly integers: ReadonlySet<string>;
  readonly queryIsChecked: boolean;
  readonly headersAreChecked: boolean;
  readonly bodyIsRequired: boolean;
  readonly rule: Rule | undefined;
}

function planFor(operation: CompiledOperation, rule: Rule | undefined): Plan {
  const inQuery = operation.parameters.filter((parameter) => parameter.in === 'query');
  const inHeader = operation.parameters.filter(
    (parameter) => parameter.in === 'header' && parameter.name.toLowerCase() !== 'x-request-id',
  );
  return {
    validators: operation.validators,
    pathNames: Array.from(operation.path.matchAll(/\{([^}]+)\}/g), ([, name = '']) => name),
    integers: new Set(inQuery.filter(({ type }) => type === 'integer').map(({ name }) => name)),
    // An operation that documents no 400 cannot refuse a query, so it ignores it.
    queryIsChecked: operation.statuses.includes(400),
    headersAreChecked: inHeader.length > 0,
    bodyIsRequired: operation.requestBody?.required === true,
    rule,
  };
}

function check(request: ContractRequest, plan: Plan): void {
  const { validators } = plan;
  if (plan.pathNames.length > 0) {
    decodePath(request, plan.pathNames);
    run(request, validators.params, request.params, '/path');
  }
  if (plan.queryIsChecked) {
    if (request.queryText !== '') request.parameters = parseQuery(request, plan.integers);
    run(request, validators.query, request.parameters, '/query');
  }
  if (plan.headersAreChecked) run(request, validators.headers, request.requestHeaders, '/header');
  if (request.document) {
    run(request, validators.body, request.document.value, '');
    for (const fault of request.document.inexactNumbers()) addOnce(request, fault);
  } else if (plan.bodyIsRequired && !request.faults) {
    request.addFault('', 'is required: a JSON body');
  }
  plan.rule?.(request);
}

function run(request: ContractRequest, validate: ValidateFunction | null, input: unknown, prefix: string): void {
  if (!validate || validate(input)) return;
  for (const error of validate.errors ?? []) addOnce(request, faultOf(error, prefix));
}

/** One entry for each place: what is too short is also blank, which tells a client nothing new. */
function addOnce(request: ContractRequest, fault: Fault): void {
  if (!request.faults?.some(({ pointer }) => pointer === fault.pointer)) request.addFault(fault.pointer, fault.detail);
}

function decodePath(request: ContractRequest, names: readonly string[]): void {
  const params: Record<string, string> = {};
  names.forEach((name, index) => {
    const raw = request.match.rawParams[index] ?? '';
    try {
      params[name] = raw.includes('%') ? decodeURIComponent(raw) : raw;
    } catch {
      request.addFault(`/path/${escapePointer(name)}`, 'has a percent-escape that is not UTF-8');
      params[name] = raw;
    }
  });
  request.params = params;
}
