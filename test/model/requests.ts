import { NOT_UTF8 } from './ingredients.js';
import { type Expected, MAX_RESULTS, type PageQuery, type PaymentsModel, problem } from './model.js';
import {
  bodyOf,
  concreteTags,
  concreteVersion,
  contentOf,
  errorsOf,
  invalid,
  isId,
  mediaHeaders,
  mediaTypeError,
} from './pieces.js';
import type { KeyChoice, NumberChoice, Step } from './steps.js';

/** A step with concrete values for the model's state: the request, and its response. */
export interface Prepared {
  readonly method: string;
  /**
   * Path and query below `/v1/payments`, or another path, or a link of an earlier page; `self`: the self link, if it
   * differs.
   */
  readonly target:
    | { readonly path: string; readonly self?: string }
    | { readonly page: number; readonly link: 'self' | 'next' | 'prev'; readonly suffix: string };
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly expected: Expected;
  /** The page in the response, if it is one. */
  readonly page: PageQuery | null;
  /** For a write with a key: repeats it in the model. */
  readonly again?: () => Expected;
}

/** The pages so far, newest first, and the meaning of their links. */
export interface PageMeaning {
  readonly self: PageQuery;
  readonly next: PageQuery;
  readonly prev: PageQuery | null;
}

const PAYMENTS = '/v1/payments';

/** The errors of a next link with this suffix: of one by offset, and of one by cursor. */
const SUFFIX_ERRORS: Readonly<Record<string, readonly [offset: readonly string[], cursor: readonly string[]]>> = {
  '&from=0': [['/query/from'], ['/query/from']],
  '&to=0': [['/query/to'], ['/query/to']],
  '&after=abc': [['/query/after', '/query/from'], ['/query/after']],
  '&unknown=1': [['/query/unknown'], ['/query/unknown']],
};

/**
 * Makes a step concrete, and executes it in the model.
 *
 * @param model - changed by the step
 * @param pages - the pages so far, newest first
 * @param writes - the writes with keys so far, newest first
 */
export function prepare(
  step: Step,
  model: PaymentsModel,
  pages: readonly PageMeaning[],
  writes: readonly Prepared[],
): Prepared {
  const plain = (method: string, path: string, expected: Expected, headers: Record<string, string> = {}): Prepared => ({
    method,
    target: { path },
    headers,
    expected,
    page: null,
  });
  /** A write, with its optional key; rejected before the model sees it if `rejected` is set. */
  const write = (
    { key }: { readonly key: KeyChoice },
    prepared: Omit<Prepared, 'expected' | 'page'>,
    rejected: Expected | null,
    target: readonly unknown[],
    take: () => Expected,
  ): Prepared => {
    const headers = { ...prepared.headers, ...(key.sent === null ? {} : { 'Idempotency-Key': key.sent }) };
    const fingerprint = JSON.stringify([prepared.method, ...target, prepared.body]);
    const again = () => rejected ?? model.keyed(key.value, fingerprint, take);
    return { ...prepared, headers, expected: again(), page: null, ...(key.sent !== null && { again }) };
  };
  switch (step.kind) {
    case 'create': {
      const { payment, media } = step;
      const version = concreteVersion(
        step.version,
        payment.id.value === null ? null : model.versionOf(payment.id.value),
        '/data/version',
      );
      const errors = [...errorsOf(payment, version), ...step.key.errors];
      const request = { method: 'POST', target: { path: PAYMENTS }, headers: mediaHeaders(media) };
      return write(
        step,
        { ...request, body: bodyOf(payment, version) },
        mediaTypeError(media) ?? invalid(errors),
        [],
        () => model.create(contentOf(payment, payment.id.value ?? '')),
      );
    }
    case 'get': {
      const { id, ifNoneMatch } = step;
      const tags = concreteTags(ifNoneMatch, model.versionOf(id.value), '/header/if-none-match');
      const expected = invalid([...id.errors, ...tags.errors]) ?? model.get(id.value, tags.weakly);
      return plain(step.isHead ? 'HEAD' : 'GET', `${PAYMENTS}/${id.sent}`, expected, tags.header('If-None-Match'));
    }
    case 'update': {
      const { path, otherId, media } = step;
      const id = otherId ?? {
        sent: JSON.stringify(path.value),
        value: path.value,
        errors: isId(path.value) ? [] : ['/data/id'],
      };
      const payment = { ...step.payment, id };
      const stored = model.versionOf(path.value);
      const version = concreteVersion(step.version, stored, '/data/version');
      const tags = concreteTags(step.ifMatch, stored, '/header/if-match');
      const otherErrors = id.value !== null && id.value !== path.value ? ['/data/id'] : [];
      const errors = [...path.errors, ...tags.errors, ...errorsOf(payment, version), ...otherErrors];
      const headers = { ...mediaHeaders(media), ...tags.header('If-Match') };
      return write(
        step,
        { method: 'PUT', target: { path: `${PAYMENTS}/${path.sent}` }, headers, body: bodyOf(payment, version) },
        mediaTypeError(media) ?? invalid([...errors, ...step.key.errors]),
        [path.value],
        () => model.update(contentOf(payment, path.value), version.value, tags.strongly),
      );
    }
    case 'delete': {
      const { id } = step;
      const stored = model.versionOf(id.value);
      const version = concreteVersion(step.version, stored, '/query/version');
      const tags = concreteTags(step.ifMatch, stored, '/header/if-match');
      const query =
        'away' in step.version ? `?version=${version.sent}` : version.sent === null ? '' : `?${version.sent}`;
      return write(
        step,
        { method: 'DELETE', target: { path: `${PAYMENTS}/${id.sent}${query}` }, headers: tags.header('If-Match') },
        invalid([...id.errors, ...version.errors, ...tags.errors, ...step.key.errors]),
        [id.value, version.value],
        () => model.delete(id.value, version.value, tags.strongly),
      );
    }
    case 'repeat': {
      const repeated = writes[step.write % Math.max(1, writes.length)];
      if (!repeated?.again) return plain('GET', '/admin/repo', model.count());
      return { ...repeated, expected: repeated.again() };
    }
    case 'changes': {
      const { size, organisation } = step;
      return walk(step, '/v1/changes', [], model, {
        kind: 'changes',
        cut: 0,
        size: size?.text ?? null,
        organisation,
      });
    }
    case 'versions': {
      const { id, size } = step;
      const page = { kind: 'versions', cut: 0, size: size?.text ?? null, id: id.value } as const;
      return walk({ ...step, organisation: null }, `${PAYMENTS}/${id.sent}/versions`, id.errors, model, page);
    }
    case 'list':
      return list(step, model);
    case 'follow':
      return follow(step, model, pages);
    case 'broken': {
      const { path, broken } = step;
      const target = path ? `${PAYMENTS}/${path.sent}` : PAYMENTS;
      const errors = broken.code === 'body_too_large' ? [] : [...broken.errors, ...(path?.errors ?? [])];
      const headers = { 'Content-Type': 'application/json' };
      const expected = problem(broken.code, [...new Set(errors)]);
      return { ...plain(path ? 'PUT' : 'POST', target, expected, headers), body: broken.body };
    }
    case 'not_utf8': {
      const target = step.path ? `${PAYMENTS}/${step.path.sent}` : PAYMENTS;
      const headers = { 'Content-Type': 'application/json' };
      const expected = problem('malformed_json', ['', ...(step.path?.errors ?? [])]);
      return { ...plain(step.path ? 'PUT' : 'POST', target, expected, headers), body: NOT_UTF8 };
    }
    case 'count':
      return plain(step.isHead ? 'HEAD' : 'GET', '/admin/repo', model.count());
    case 'delete_all':
      return plain('DELETE', '/admin/repo', model.deleteAll());
    case 'fixed': {
      return plain(step.request.method, step.request.path, step.request.expected);
    }
  }
}

function list(step: Extract<Step, { kind: 'list' }>, model: PaymentsModel): Prepared {
  const { from, size, to, after, organisation, isHead } = step;
  const errors: string[] = [];
  if (from?.isValid === false) errors.push('/query/from');
  if (size?.isValid === false) errors.push('/query/size');
  if (to?.isValid === false) errors.push('/query/to');
  if (after !== null) errors.push('/query/after', ...(from ? ['/query/from'] : []));
  if (to && (size || after !== null)) errors.push('/query/to');
  if (to?.isValid && from?.isValid && !size && BigInt(to.text) <= BigInt(from.text)) errors.push('/query/to');
  const filter = organisation === null ? undefined : encodeURIComponent(organisation);
  const parts = Object.entries({
    from: from?.text,
    size: size?.text,
    to: to?.text,
    after: after ?? undefined,
    organisation_id: filter,
  });
  const query = parts.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])).join('&');
  const path = query === '' ? PAYMENTS : `${PAYMENTS}?${query}`;
  const rejected = invalid(errors);
  const asked =
    to?.isValid && !size
      ? cappedSize(BigInt(to.text) - BigInt(from?.isValid ? from.text : 0))
      : size && sizeInLinks(size);
  const page: PageQuery = from
    ? { kind: 'offset', from: Number(from.text), size: asked, organisation }
    : { kind: 'after', cut: 0, size: asked, organisation };
  return {
    method: isHead ? 'HEAD' : 'GET',
    target: { path, self: size ? path.replace(`size=${size.text}`, `size=${sizeInLinks(size)}`) : path },
    headers: {},
    expected: rejected ?? model.page(page),
    page: rejected ? null : page,
  };
}

/** The first page of changes, of all payments or of one. */
function walk(
  step: Pick<Extract<Step, { kind: 'changes' }>, 'size' | 'organisation' | 'after' | 'isHead'>,
  base: string,
  otherErrors: readonly string[],
  model: PaymentsModel,
  page: PageQuery,
): Prepared {
  const { size, organisation, after, isHead } = step;
  const errors = [...otherErrors, ...(size?.isValid === false ? ['/query/size'] : [])];
  if (after !== null) errors.push('/query/after');
  const filter = organisation === null ? undefined : encodeURIComponent(organisation);
  const parts = Object.entries({ size: size?.text, organisation_id: filter, after: after ?? undefined });
  const query = parts.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])).join('&');
  const expected = invalid(errors) ?? model.page(page);
  return {
    method: isHead ? 'HEAD' : 'GET',
    target: { path: query === '' ? base : `${base}?${query}` },
    headers: {},
    expected,
    page: expected.body.kind === 'page' ? page : null,
  };
}

/** Links replace a number that is too large to be exact by its effect, the maximum page. */
function sizeInLinks({ text, isValid }: NumberChoice): string {
  return isValid && Number(text) > Number.MAX_SAFE_INTEGER ? String(MAX_RESULTS) : text;
}

/** Links replace `to` by the resulting size. */
function cappedSize(size: bigint): string {
  return String(size > MAX_RESULTS ? MAX_RESULTS : size);
}

function follow(
  step: Extract<Step, { kind: 'follow' }>,
  model: PaymentsModel,
  pages: readonly PageMeaning[],
): Prepared {
  const number = pages.length === 0 ? 0 : step.page % pages.length;
  const meaning = pages[number]?.[step.link];
  if (!meaning) {
    const all = { from: null, size: null, to: null, after: null, organisation: null };
    return list({ ...step, kind: 'list', ...all }, model);
  }
  const suffix = step.link === 'next' ? step.suffix : '';
  const rejected =
    suffix === '' ? null : problem('validation_failed', SUFFIX_ERRORS[suffix]?.[meaning.kind === 'offset' ? 0 : 1]);
  return {
    method: step.isHead ? 'HEAD' : 'GET',
    target: { page: number, link: step.link, suffix },
    headers: {},
    expected: rejected ?? model.page(meaning),
    page: rejected ? null : meaning,
  };
}
