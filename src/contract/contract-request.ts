import type { IncomingHttpHeaders } from 'node:http';
import type { ParsedRequest, Request } from 'openapi-backend';
import type { Call } from '../store/types.js';
import type { CompiledOperation, Fault } from './contract.js';
import type { JsonDocument } from './json-document.js';

/** An operation found for a request, with the path parameters as they stand in the URL, still encoded. */
export interface RouteMatch {
  readonly operation: CompiledOperation;
  readonly rawParams: readonly string[];
}

/** More than a client reads, and few enough that a hostile body does not become an even larger answer. */
const FAULTS_LIMIT = 100;

const NONE: Readonly<Record<string, string>> = Object.freeze({});

/**
 * A request on its way through openapi-backend: what goes in, and what routing and validation found. It is both the
 * plain request that openapi-backend takes and the parsed one it hands on, so that nothing is copied in between.
 */
export class ContractRequest implements Request, ParsedRequest {
  /** Path parameters, decoded. */
  params: Record<string, string> = NONE;
  /** Query parameters, decoded; integers as numbers. */
  parameters: Record<string, string | number> = NONE;
  /** Everything that is wrong with the request; null while nothing is. */
  faults: Fault[] | null = null;
  /** openapi-backend need not look at these: `parameters` and `requestHeaders` hold what is declared. */
  readonly query = NONE;
  readonly headers = NONE;
  readonly cookies = NONE;

  /**
   * @param match - the operation, and its path parameters as they stand in the URL
   * @param queryText - what follows the question mark, undecoded
   * @param requestHeaders - the headers as Node gives them
   * @param document - the body, where the operation takes one
   * @param call - passed on to the repository
   */
  constructor(
    readonly match: RouteMatch,
    readonly queryText: string,
    readonly requestHeaders: IncomingHttpHeaders,
    readonly document: JsonDocument | undefined,
    readonly call: Call,
  ) {}

  get method(): string {
    return this.match.operation.method;
  }

  get path(): string {
    return this.match.operation.path;
  }

  get body(): unknown {
    return this.document?.value;
  }

  get requestBody(): unknown {
    return this.document?.value;
  }

  /** Notes what is wrong; all of it is reported at once. */
  addFault(pointer: string, detail: string): void {
    this.faults ??= [];
    if (this.faults.length < FAULTS_LIMIT) this.faults.push({ pointer, detail });
  }
}
