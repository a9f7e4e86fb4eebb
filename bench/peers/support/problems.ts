/** An error as in the contract, with the properties of RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly errors?: readonly InvalidField[];
}

/** An invalid field. */
export interface InvalidField {
  readonly pointer: string;
  readonly detail: string;
}

const TITLES = {
  validation_failed: [400, 'The request is not valid'],
  malformed_json: [400, 'The body is not JSON'],
  payment_not_found: [404, 'Payment not found'],
  route_not_found: [404, 'There is nothing at this path'],
  method_not_allowed: [405, 'Method not allowed'],
  payment_exists: [409, 'Payment exists'],
  version_conflict: [409, 'Version conflict'],
  precondition_failed: [412, 'Precondition failed'],
  body_too_large: [413, 'Body too large'],
  unsupported_media_type: [415, 'Unsupported media type'],
  rate_limited: [429, 'Too many requests'],
  internal_error: [500, 'Internal error'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof TITLES;

/**
 * @param instance - the request id
 * @param errors - all invalid fields, for `validation_failed`
 */
export function problem(code: ProblemCode, instance: string, errors?: readonly InvalidField[]): Problem {
  const [status, title] = TITLES[code];
  const about = { type: `urn:problem:payments-api:${code}`, title, status, detail: title, instance, code };
  return errors === undefined ? about : { ...about, errors };
}

/** The code for an error of a framework's own body parser or validator, by its HTTP status. */
export function codeOfStatus(status: number): ProblemCode {
  switch (status) {
    case 400:
      return 'validation_failed';
    case 404:
      return 'route_not_found';
    case 405:
      return 'method_not_allowed';
    case 413:
      return 'body_too_large';
    case 415:
      return 'unsupported_media_type';
    case 429:
      return 'rate_limited';
    default:
      return 'internal_error';
  }
}
