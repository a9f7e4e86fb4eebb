import { expect } from 'chai';
import fc from 'fast-check';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { type Asked, expectReply, withoutCursors } from './compare.js';
import { BODY_LIMIT_BYTES } from './ingredients.js';
import { EXTERNAL_URL, MAX_RESULTS, PaymentsModel } from './model.js';
import { type PageMeaning, type Prepared, prepare } from './requests.js';
import { type Step, step } from './steps.js';
import { openSubject, type Reply, type Subject } from './subject.js';

const { MODEL_SEED, SOAK } = process.env;
/** MODEL_SEED repeats a failed sequence; the failure names it. Only the soak plays new sequences. */
const SEED = Number(MODEL_SEED ?? (SOAK ? Date.now() % 2 ** 31 : 20_261_128));
const STEPS = SOAK ? 200_000 : 5_000;
const LONGEST_SEQUENCE = 300;
/** Statuses of responses that the sequences must reach, and those of repeated writes. */
const REACHED = [
  ...['200', '201', '204', '304', '400', '404', '405', '409', '412', '413', '415', '422'],
  ...['200 again', '201 again', '204 again'],
];
const SEQUENCES_PER_ROUND = 10;
const PAGES_REMEMBERED = 9;
const WRITES_REMEMBERED = 9;

/** The links of a page from one of the services. */
interface PageLinks {
  readonly self: string;
  readonly next: string;
  readonly prev?: string;
}

/** A page from a response: the meaning of its links, and the links of each service. */
interface RememberedPage extends PageMeaning {
  readonly links: readonly PageLinks[];
}

describe('the service and its model', () => {
  let subjects: readonly Subject[];
  let databases: readonly TestDatabase[];

  before(async () => {
    const flags = [
      ...['--admin', '--external-url', EXTERNAL_URL, '--max-results', String(MAX_RESULTS)],
      ...['--body-limit', String(BODY_LIMIT_BYTES), '--log-level', 'error'],
    ];
    databases = await Promise.all(DATABASES.map(createDatabase));
    // SQLite in memory responds as in a file, without the disk's millisecond for each write.
    const isInMemory = (name: string) => name === 'sqlite3' && !SOAK;
    subjects = await Promise.all(
      DATABASES.map((name, index) =>
        openSubject(name, [...flags, ...(isInMemory(name) ? [] : (databases[index]?.flags ?? []))]),
      ),
    );
  });
  after(async () => {
    await Promise.all(subjects.map((subject) => subject.close()));
    for (const database of databases) database.dispose();
  });

  it(`give the same responses on all databases, to ${STEPS} random requests`, async function () {
    this.timeout(STEPS * 120);
    let steps = 0;
    /** The number of responses by status, with "again" for a write with a known key. */
    const statuses = new Map<string, number>();
    const isReached = () => REACHED.every((status) => statuses.has(status));
    // By chance, rare ones may take longer.
    for (let round = 0; steps < STEPS || (steps < 4 * STEPS && !isReached()); round += 1) {
      const result = await fc.check(
        fc.asyncProperty(fc.array(step, { maxLength: LONGEST_SEQUENCE, size: 'max' }), async (sequence) => {
          for (const status of await play(sequence, subjects)) statuses.set(status, (statuses.get(status) ?? 0) + 1);
          steps += sequence.length;
        }),
        { seed: SEED + round, numRuns: SEQUENCES_PER_ROUND },
      );
      if (result.failed) {
        const { errorInstance: cause } = result;
        const difference = cause instanceof Error ? cause.message : String(cause);
        const report = fc.defaultReportMessage(result);
        throw new Error(`MODEL_SEED=${SEED + round} shows it again.\n${difference}\n${report}`, { cause });
      }
    }
    expect([...statuses.keys()]).to.include.members(REACHED);
    expect((statuses.get('200') ?? 0) + (statuses.get('201') ?? 0)).to.be.above(steps / 4);
  });
});

/** Plays a sequence, starting with an empty repository; throws if a response differs from the model's. */
async function play(sequence: readonly Step[], subjects: readonly Subject[]): Promise<string[]> {
  await Promise.all(subjects.map((subject) => subject.send({ method: 'DELETE', target: '/admin/repo', headers: {} })));
  const model = new PaymentsModel();
  const statuses: string[] = [];
  let pages: readonly RememberedPage[] = [];
  let writes: readonly Prepared[] = [];
  for (const [number, current] of sequence.entries()) {
    const prepared = prepare(current, model, pages, writes);
    const requestId = `step-${number}`;
    const targets = subjects.map((_, index) => targetOf(prepared, pages, index));
    const replies = await Promise.all(
      subjects.map((subject, index) => subject.send(wireRequest(prepared, current, targets[index] ?? '/', requestId))),
    );
    for (const [index, reply] of replies.entries()) {
      const asked: Asked = {
        isHead: prepared.method === 'HEAD',
        url: EXTERNAL_URL + (('self' in prepared.target && prepared.target.self) || targets[index]),
        requestId,
        wantsProblemJson: current.wantsProblemJson,
      };
      attempt(`step ${number}, ${prepared.method} ${targets[index]} on ${subjects[index]?.name}`, () => {
        expectReply(reply, prepared.expected, asked);
        expect(subjects[index]?.errors).to.deep.equal([]);
      });
    }
    const [first, ...others] = replies.map(withoutCursors);
    for (const other of others) expect(other, `step ${number}`).to.deep.equal(first);
    pages = remember(pages, prepared, replies);
    if (prepared.again) writes = [prepared, ...writes.slice(0, WRITES_REMEMBERED - 1)];
    const { status, headers } = prepared.expected;
    statuses.push(`${status}${'idempotent-replayed' in headers ? ' again' : ''}`);
  }
  return statuses;
}

function wireRequest(prepared: Prepared, current: Step, target: string, requestId: string) {
  const { method, headers, body } = prepared;
  const accept = current.wantsProblemJson ? { Accept: 'application/problem+json, application/json' } : {};
  const allHeaders = { ...headers, ...accept, 'X-Request-Id': requestId };
  return body === undefined ? { method, target, headers: allHeaders } : { method, target, headers: allHeaders, body };
}

/** Path and query for one of the services: links differ because of cursors. */
function targetOf({ target }: Prepared, pages: readonly RememberedPage[], index: number): string {
  if ('path' in target) return target.path;
  const link = pages[target.page]?.links[index]?.[target.link] ?? '/';
  return link.slice(EXTERNAL_URL.length) + target.suffix;
}

function remember(
  pages: readonly RememberedPage[],
  { page, method, expected }: Prepared,
  replies: readonly Reply[],
): readonly RememberedPage[] {
  if (!page || method === 'HEAD' || expected.body.kind !== 'page') return pages;
  const links = replies.map(({ body }): PageLinks => JSON.parse(body).links);
  const { next, prev } = expected.body;
  return [{ self: page, next, prev, links }, ...pages.slice(0, PAGES_REMEMBERED - 1)];
}

/** Adds the place to an error. */
function attempt(where: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof Error) {
      const { actual, expected } = error as { actual?: unknown; expected?: unknown };
      error.message = `${where}: ${error.message}\nactual: ${JSON.stringify(actual)}\nwanted: ${JSON.stringify(expected)}`;
    }
    throw error;
  }
}
