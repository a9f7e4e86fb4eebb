import { expect } from 'chai';
import fc from 'fast-check';
import { type FeedEntry, findFeedViolation, findViolation } from './checker.js';
import { isLinearizable } from './exhaustive.js';
import type { Operation } from './operation.js';

type Timed<Op> = Op extends Operation ? Omit<Op, 'invokedMs' | 'returnedMs'> : never;

function at(invokedMs: number, returnedMs: number, operation: Timed<Operation>): Operation {
  return { invokedMs, returnedMs, ...operation };
}

const CREATED: Timed<Operation> = { kind: 'create', value: 'a', outcome: 'done' };
const UPDATED: Timed<Operation> = { kind: 'update', version: 0, value: 'b', outcome: 'done' };
const DELETED: Timed<Operation> = { kind: 'delete', version: 0, outcome: 'done' };
const NOTHING: Timed<Operation> = { kind: 'read', outcome: 'absent' };

function read(version: number, value: string): Timed<Operation> {
  return { kind: 'read', outcome: { version, value } };
}

const UNKNOWN = Number.POSITIVE_INFINITY;

const WRONG: readonly [name: string, history: readonly Operation[]][] = [
  ['a lost update', [at(0, 1, CREATED), at(2, 3, UPDATED), at(4, 5, read(0, 'a'))]],
  ['a lost create', [at(0, 1, CREATED), at(2, 3, NOTHING)]],
  ['a lost delete', [at(0, 1, CREATED), at(2, 3, DELETED), at(4, 5, read(0, 'a'))]],
  ['two winners of a version', [at(0, 1, CREATED), at(2, 5, UPDATED), at(2, 5, { ...UPDATED, value: 'c' })]],
  ['two winners of an id', [at(0, 5, CREATED), at(0, 5, { ...CREATED, value: 'c' })]],
  ['a delete and an update of one version', [at(0, 1, CREATED), at(2, 5, UPDATED), at(2, 5, DELETED)]],
  ['a stale read', [at(0, 1, CREATED), at(2, 9, UPDATED), at(3, 4, read(1, 'b')), at(5, 6, read(0, 'a'))]],
  ['a read of the future', [at(0, 1, CREATED), at(2, 3, read(1, 'b')), at(4, 5, UPDATED)]],
  ['a value nobody wrote', [at(0, 1, CREATED), at(2, 3, read(0, 'x'))]],
  ['a version nobody made', [at(0, 1, CREATED), at(2, 3, read(1, 'b'))]],
  [
    'two values of a version',
    [
      at(0, 1, CREATED),
      at(2, UNKNOWN, { ...UPDATED, outcome: 'unknown' }),
      at(3, 4, read(1, 'b')),
      at(5, 6, read(1, 'a')),
    ],
  ],
  [
    'a refusal that contradicts an acknowledged write',
    [at(0, 1, CREATED), at(2, 3, { ...UPDATED, outcome: 'absent' })],
  ],
  [
    'a conflict with a version that is over',
    [at(0, 1, CREATED), at(2, 3, UPDATED), at(4, 5, { kind: 'delete', version: 1, outcome: { currentVersion: 0 } })],
  ],
  ['a conflict with itself', [at(0, 1, CREATED), at(2, 3, { ...UPDATED, outcome: { currentVersion: 0 } })]],
  ['a resurrected id', [at(0, 1, CREATED), at(2, 3, DELETED), at(4, 5, { ...CREATED, value: 'c' })]],
  ['a resurrected payment', [at(0, 1, CREATED), at(2, 9, DELETED), at(3, 4, NOTHING), at(5, 6, read(0, 'a'))]],
  ['an id that is taken by nobody', [at(0, 1, { ...CREATED, outcome: 'exists' })]],
  [
    'an unknown write that was undone again',
    [
      at(0, 1, CREATED),
      at(2, UNKNOWN, { ...UPDATED, outcome: 'unknown' }),
      at(3, 4, read(1, 'b')),
      at(5, 6, read(0, 'a')),
    ],
  ],
  [
    'an unknown write that happened before it was sent',
    [at(0, 1, CREATED), at(2, 3, read(1, 'b')), at(4, UNKNOWN, { ...UPDATED, outcome: 'unknown' })],
  ],
];

const RIGHT: readonly [name: string, history: readonly Operation[]][] = [
  ['nothing', []],
  [
    'a read beside a write that sees it',
    [at(0, 1, CREATED), at(2, 9, UPDATED), at(3, 4, read(1, 'b')), at(5, 6, read(1, 'b'))],
  ],
  ['a read beside a write that does not see it', [at(0, 1, CREATED), at(2, 9, UPDATED), at(3, 4, read(0, 'a'))]],
  [
    'absence before the creation and after the deletion',
    [at(0, 1, NOTHING), at(2, 3, CREATED), at(4, 5, DELETED), at(6, 7, NOTHING)],
  ],
  [
    'an unknown write that never happened',
    [at(0, 1, CREATED), at(2, UNKNOWN, { ...UPDATED, outcome: 'unknown' }), at(8, 9, read(0, 'a'))],
  ],
  [
    'an unknown write that happened late',
    [
      at(0, 1, CREATED),
      at(2, UNKNOWN, { ...UPDATED, outcome: 'unknown' }),
      at(5, 6, read(0, 'a')),
      at(8, 9, read(1, 'b')),
    ],
  ],
  [
    'an unknown delete',
    [at(0, 1, CREATED), at(2, UNKNOWN, { ...DELETED, outcome: 'unknown' }), at(5, 6, read(0, 'a')), at(8, 9, NOTHING)],
  ],
  [
    'an unknown delete of a version that nobody saw',
    [
      at(0, 1, CREATED),
      at(0, UNKNOWN, { ...UPDATED, outcome: 'unknown' }),
      at(0, UNKNOWN, { ...DELETED, version: 1, outcome: 'unknown' }),
      at(2, 3, NOTHING),
    ],
  ],
  [
    'an unknown create that was overtaken',
    [at(0, UNKNOWN, { ...CREATED, outcome: 'unknown' }), at(2, 3, { ...CREATED, value: 'c' }), at(4, 5, read(0, 'c'))],
  ],
];

function entry(kind: FeedEntry['kind'], version: number, value: string, id = 'p'): FeedEntry {
  return { id, kind, version, value };
}

const BEGUN = entry('created', 0, 'a');
const CHANGED = entry('updated', 1, 'b');
const ENDED = entry('deleted', 0, 'a');
const MAYBE = at(2, UNKNOWN, { ...UPDATED, outcome: 'unknown' });

const WRONG_FEEDS: readonly [name: string, history: readonly Operation[], feed: readonly FeedEntry[]][] = [
  ['a write that is missing', [at(0, 1, CREATED), at(2, 3, UPDATED)], [BEGUN]],
  ['a delete that is missing', [at(0, 1, CREATED), at(2, 3, DELETED)], [BEGUN]],
  ['a change that is there twice', [at(0, 1, CREATED), at(2, 3, UPDATED)], [BEGUN, CHANGED, CHANGED]],
  ['an unknown write that happened twice', [at(0, 1, CREATED), MAYBE], [BEGUN, CHANGED, CHANGED]],
  ['a change that nobody wrote', [at(0, 1, CREATED)], [BEGUN, entry('updated', 1, 'x')]],
  [
    'a write that was rejected',
    [at(0, 1, CREATED), at(2, 3, { ...UPDATED, outcome: { currentVersion: 7 } })],
    [BEGUN, CHANGED],
  ],
  ['versions that do not ascend', [at(0, 9, CREATED), at(0, 9, UPDATED)], [CHANGED, BEGUN]],
  [
    'a version that is left out',
    [at(0, 1, CREATED), at(0, 9, { ...UPDATED, version: 1 })],
    [BEGUN, entry('updated', 2, 'b')],
  ],
  ['a change after the end', [at(0, 9, CREATED), at(0, 9, DELETED), at(0, 9, UPDATED)], [BEGUN, ENDED, CHANGED]],
];

const RIGHT_FEEDS: readonly [name: string, history: readonly Operation[], feed: readonly FeedEntry[]][] = [
  ['nothing', [], []],
  ['all that was written', [at(0, 1, CREATED), at(2, 3, UPDATED)], [BEGUN, CHANGED]],
  ['a delete', [at(0, 1, CREATED), at(2, 3, DELETED)], [BEGUN, ENDED]],
  ['an unknown write that happened', [at(0, 1, CREATED), MAYBE], [BEGUN, CHANGED]],
  ['an unknown write that did not happen', [at(0, 1, CREATED), MAYBE], [BEGUN]],
];

const time = fc.nat(9);
const version = fc.nat(2);
const value = fc.constantFrom('a', 'b', 'c');
const rejection = version.map((currentVersion) => ({ currentVersion }));
const timed: fc.Arbitrary<Timed<Operation>> = fc.oneof(
  fc.record({ kind: fc.constant('create' as const), value, outcome: fc.constantFrom('done', 'exists', 'unknown') }),
  fc.record({
    kind: fc.constant('update' as const),
    version,
    value,
    outcome: fc.oneof(fc.constantFrom('done' as const, 'absent' as const, 'unknown' as const), rejection),
  }),
  fc.record({
    kind: fc.constant('delete' as const),
    version,
    outcome: fc.oneof(fc.constantFrom('done' as const, 'absent' as const, 'unknown' as const), rejection),
  }),
  fc.record({ kind: fc.constant('read' as const), outcome: fc.constant('absent' as const) }),
  fc.record({ kind: fc.constant('read' as const), outcome: fc.record({ version, value }) }),
);
const anyOperation = fc
  .tuple(time, time, timed)
  .map(([one, other, operation]) =>
    at(Math.min(one, other), operation.outcome === 'unknown' ? UNKNOWN : Math.max(one, other), operation),
  );
/** Values are unique in a history, which the checker requires: duplicate writes are removed. */
const smallHistory = fc.array(anyOperation, { maxLength: 7 }).map((history) => {
  const written = new Set<string>();
  return history.filter((operation) => {
    if (operation.kind !== 'create' && operation.kind !== 'update') return true;
    if (written.has(operation.value)) return false;
    written.add(operation.value);
    return true;
  });
});

describe('the checker of histories', () => {
  for (const [name, history] of WRONG) {
    it(`rejects ${name}`, () => {
      expect(findViolation(history)).to.be.a('string');
      expect(isLinearizable(history)).to.equal(false);
    });
  }

  for (const [name, history] of RIGHT) {
    it(`accepts ${name}`, () => {
      expect(findViolation(history)).to.equal(null);
      expect(isLinearizable(history)).to.equal(true);
    });
  }

  it('agrees with a search through all orders, for any small history', () => {
    const verdicts = { right: 0, wrong: 0 };
    fc.assert(
      fc.property(smallHistory, (history) => {
        const isRight = isLinearizable(history);
        if (history.length > 2) verdicts[isRight ? 'right' : 'wrong'] += 1;
        expect(findViolation(history) === null).to.equal(isRight);
      }),
      { numRuns: 20_000 },
    );
    expect(Math.min(verdicts.right, verdicts.wrong)).to.be.above(500);
  });
});

describe('the checker of feeds', () => {
  for (const [name, history, feed] of WRONG_FEEDS) {
    it(`rejects ${name}`, () => {
      expect(findFeedViolation(new Map([['p', history]]), feed)).to.be.a('string');
    });
  }

  for (const [name, history, feed] of RIGHT_FEEDS) {
    it(`accepts ${name}`, () => {
      expect(findFeedViolation(new Map([['p', history]]), feed)).to.equal(null);
    });
  }

  it('rejects an order of payments that contradicts time, and accepts either order if they overlap', () => {
    const [p, q] = [entry('created', 0, 'a', 'p'), entry('created', 0, 'b', 'q')];
    const histories = (endMs: number) =>
      new Map<string, readonly Operation[]>([
        ['p', [at(0, endMs, CREATED)]],
        ['q', [at(2, 3, { ...CREATED, value: 'b' })]],
      ]);
    expect(findFeedViolation(histories(1), [p, q])).to.equal(null);
    expect(findFeedViolation(histories(1), [q, p])).to.be.a('string');
    expect(findFeedViolation(histories(2.5), [q, p])).to.equal(null);
  });
});
