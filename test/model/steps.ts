import fc from 'fast-check';
import { FIXED_REQUESTS, type FixedRequest } from './fixed-requests.js';
import type { BrokenBody, Piece } from './ingredients.js';
import * as known from './ingredients.js';

/** A version: the distance from the stored one, or an invalid one. */
export type VersionChoice = { readonly away: number } | { readonly piece: Piece<number> };

/** The condition of a request: none, a list of tags (`{v}` is the stored version), or an invalid list. */
export interface TagsChoice {
  readonly sent: string | null;
  readonly isValid: boolean;
}

/** The properties of a payment as they are sent. */
export interface PaymentPieces {
  readonly id: Piece<string | null>;
  readonly type: Piece<null>;
  readonly organisation: Piece<string>;
  readonly attributes: Piece<string>;
  readonly extra: Piece<null>;
}

/** A number in a query. */
export interface NumberChoice {
  readonly text: string;
  readonly isValid: boolean;
}

/** An idempotency key, or an invalid one; null if none is sent. */
export type KeyChoice = Piece<string | null>;

/** A request, before the stored data is known. */
export type Step = { readonly wantsProblemJson: boolean } & (
  | {
      readonly kind: 'create';
      readonly payment: PaymentPieces;
      readonly version: VersionChoice;
      readonly media: string | null;
      readonly key: KeyChoice;
    }
  | { readonly kind: 'get'; readonly id: Piece<string>; readonly ifNoneMatch: TagsChoice; readonly isHead: boolean }
  | {
      readonly kind: 'update';
      readonly path: Piece<string>;
      /** Null: the id of the path. */
      readonly otherId: Piece<string | null> | null;
      readonly payment: Omit<PaymentPieces, 'id'>;
      readonly version: VersionChoice;
      readonly ifMatch: TagsChoice;
      readonly media: string | null;
      readonly key: KeyChoice;
    }
  | {
      readonly kind: 'delete';
      readonly id: Piece<string>;
      readonly version: VersionChoice;
      readonly ifMatch: TagsChoice;
      readonly key: KeyChoice;
    }
  /** Repeats a write with a key: the number of writes ago. */
  | { readonly kind: 'repeat'; readonly write: number }
  | {
      readonly kind: 'list';
      readonly from: NumberChoice | null;
      readonly size: NumberChoice | null;
      readonly to: NumberChoice | null;
      /** An invalid cursor. */
      readonly after: string | null;
      readonly organisation: string | null;
      readonly isHead: boolean;
    }
  | {
      readonly kind: 'changes';
      readonly size: NumberChoice | null;
      readonly organisation: string | null;
      readonly after: string | null;
      readonly isHead: boolean;
    }
  | {
      readonly kind: 'versions';
      readonly id: Piece<string>;
      readonly size: NumberChoice | null;
      readonly after: string | null;
      readonly isHead: boolean;
    }
  | {
      readonly kind: 'follow';
      /** The number of pages ago. */
      readonly page: number;
      readonly link: 'self' | 'next' | 'prev';
      readonly suffix: string;
      readonly isHead: boolean;
    }
  | { readonly kind: 'broken'; readonly path: Piece<string> | null; readonly broken: BrokenBody }
  | { readonly kind: 'not_utf8'; readonly path: Piece<string> | null }
  | { readonly kind: 'count'; readonly isHead: boolean }
  | { readonly kind: 'delete_all' }
  | { readonly kind: 'fixed'; readonly request: FixedRequest }
);

/** Mostly a good one, now and then a bad one. */
function mostly<T>(goodOnes: readonly T[], badOnes: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 40, arbitrary: fc.constantFrom(...goodOnes) },
    { weight: 1, arbitrary: fc.constantFrom(...badOnes) },
  );
}

const NO_TAGS: TagsChoice = { sent: null, isValid: true };

/** `{v}` stands for the stored version, `{w}` for the next one. */
const tags: fc.Arbitrary<TagsChoice> = fc.oneof(
  { weight: 12, arbitrary: fc.constant(NO_TAGS) },
  {
    weight: 6,
    arbitrary: fc
      .constantFrom('"{v}"', '*', ' * ', '"x", "{v}"', ', "{v}" ,,W/"y"', '"{w}"', 'W/"{v}"', '"{v},{w}"', '""')
      .map((sent) => ({ sent, isValid: true })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('{v}', '"{v}', 'w/"{v}"', '*, "{v}"', ',').map((sent) => ({ sent, isValid: false })),
  },
);

function version(badOnes: readonly Piece<number>[]): fc.Arbitrary<VersionChoice> {
  return fc.oneof(
    { weight: 30, arbitrary: fc.constant({ away: 0 }) },
    { weight: 8, arbitrary: fc.constantFrom(-1, 1, 2).map((away) => ({ away })) },
    { weight: 2, arbitrary: fc.constantFrom(...badOnes).map((piece) => ({ piece })) },
  );
}

const members = {
  type: mostly(known.GOOD_TYPES, known.BAD_TYPES),
  organisation: mostly(known.GOOD_ORGANISATIONS, known.BAD_ORGANISATIONS),
  attributes: mostly(known.GOOD_ATTRIBUTES, known.BAD_ATTRIBUTES),
  extra: mostly(known.GOOD_EXTRAS, known.BAD_EXTRAS),
};
const organisation = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constantFrom(...known.GOOD_ORGANISATIONS.map(({ value }) => value)) },
);
const NO_CURSORS = ['', 'abc', '%2B', 'x'.repeat(129), 'MWEwMQ', 'MWEx%3D', 'a1-0000000'];
const key: fc.Arbitrary<KeyChoice> = fc.oneof(
  { weight: 30, arbitrary: fc.constant({ sent: null, value: null, errors: [] }) },
  {
    weight: 20,
    arbitrary: fc.constantFrom('a', 'A', '!~', '0', 'k'.repeat(255)).map((sent) => ({ sent, value: sent, errors: [] })),
  },
  { weight: 1, arbitrary: fc.constantFrom('', 'a b', 'ü', 'k'.repeat(256)).map(badKey) },
);
const bodyId = mostly(known.GOOD_BODY_IDS, known.BAD_BODY_IDS);
const pathId = mostly(known.GOOD_PATH_IDS, known.BAD_PATH_IDS);
const media = mostly(known.GOOD_MEDIA, known.BAD_MEDIA);
const isHead = mostly([false], [true]);
const wantsProblemJson = mostly([false], [true]);

function badKey(sent: string): KeyChoice {
  return { sent, value: null, errors: ['/header/idempotency-key'] };
}

function number(least: number, most: number, large: readonly string[]): fc.Arbitrary<NumberChoice | null> {
  return fc.oneof(
    { weight: 10, arbitrary: fc.constant(null) },
    { weight: 10, arbitrary: fc.integer({ min: least, max: most }).map((n) => ({ text: String(n), isValid: true })) },
    { weight: 1, arbitrary: fc.constantFrom(...large).map((text) => ({ text, isValid: true })) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('', '-1', '1e3', '0x10', '%205', '1.0', 'ten', ...(least > 0 ? ['0'] : ['9007199254740993']))
        .map((text) => ({ text, isValid: false })),
    },
  );
}

const HUGE = ['9007199254740991', '1000000000000000000000'];

/** All steps; the weights keep some payments alive most of the time. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 24,
    arbitrary: fc.record({
      kind: fc.constant('create' as const),
      wantsProblemJson,
      payment: fc.record({ id: bodyId, ...members }),
      version: version(known.BAD_BODY_VERSIONS),
      media,
      key,
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('get' as const),
      wantsProblemJson,
      id: pathId,
      ifNoneMatch: tags,
      isHead,
    }),
  },
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant('update' as const),
      wantsProblemJson,
      path: pathId,
      otherId: fc.oneof({ weight: 30, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: bodyId }),
      payment: fc.record(members),
      version: version([...known.BAD_BODY_VERSIONS, { sent: null, value: 0, errors: ['/data/version'] }]),
      ifMatch: tags,
      media,
      key,
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('delete' as const),
      wantsProblemJson,
      id: pathId,
      version: version(known.BAD_QUERY_VERSIONS),
      ifMatch: tags,
      key,
    }),
  },
  {
    weight: 14,
    arbitrary: fc.record({
      kind: fc.constant('list' as const),
      wantsProblemJson,
      from: number(0, 12, ['9007199254740991']),
      size: number(1, 7, HUGE),
      to: fc.oneof(
        { weight: 4, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: number(1, 14, ['9007199254740991']) },
      ),
      after: mostly([null], NO_CURSORS),
      organisation,
      isHead,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('changes' as const),
      wantsProblemJson,
      size: number(1, 7, ['1000']),
      organisation,
      after: mostly([null], NO_CURSORS),
      isHead,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('versions' as const),
      wantsProblemJson,
      id: pathId,
      size: number(1, 7, ['1000']),
      after: mostly([null], NO_CURSORS),
      isHead,
    }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('repeat' as const), wantsProblemJson, write: fc.nat(4) }) },
  {
    weight: 16,
    arbitrary: fc.record({
      kind: fc.constant('follow' as const),
      wantsProblemJson,
      page: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(8) }),
      link: fc.constantFrom('next', 'prev', 'self'),
      suffix: mostly([''], ['&from=0', '&to=0', '&after=abc', '&unknown=1']),
      isHead,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.boolean().chain((isUpdate) =>
      fc.record({
        kind: fc.constant('broken' as const),
        wantsProblemJson,
        path: isUpdate ? pathId : fc.constant(null),
        broken: fc.constantFrom(...known.brokenBodies(isUpdate)),
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('not_utf8' as const),
      wantsProblemJson,
      path: fc.oneof(pathId, fc.constant(null)),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('count' as const), wantsProblemJson, isHead }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete_all' as const), wantsProblemJson }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('fixed' as const),
      wantsProblemJson,
      request: fc.constantFrom(...FIXED_REQUESTS),
    }),
  },
);
