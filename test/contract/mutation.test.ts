import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { KEYWORDS, type KindKeywords } from '../../scripts/generate/check/keywords.js';
import type { Rejection } from '../../scripts/generate/contract-error.js';
import { createReplyCheck } from '../../src/contract/reply.js';
import { typeErrors } from '../support/compiler.js';
import { ROOT } from '../support/program.js';
import { type Bench, contractOf, echo, type Generated, RESPONSES, startBench } from './kit.js';
import { PLACES, type Place, replyContract } from './mutation/places.js';
import { Random } from './mutation/random.js';
import { SCHEMA_EDITS, type SchemaEdit } from './mutation/schema-edits.js';

/** `MUTATIONS=all npm test mutation` makes all of them; otherwise a few dozen, by the seed. */
const isAll = process.env.MUTATIONS === 'all';
const SEED = Number(process.env.MUTATION_SEED ?? 20_261_126);
const ROUNDS = isAll ? 3 : 1;
const SAMPLE = 60;
const REPLY_SAMPLE = 12;

const COMPILER_OPTIONS = { exactOptionalPropertyTypes: true, target: 'es2023', module: 'nodenext', types: ['node'] };

const kinds: Readonly<Record<string, KindKeywords>> = KEYWORDS;

/** A contract with at least one object of nearly every kind. */
const SCHEMA = { type: 'object', properties: { a: { type: 'integer' } } };
const EVERY_KIND = contractOf(
  {
    '/things/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
      post: {
        ...echo({
          requestBody: {
            content: {
              'application/json': { schema: SCHEMA },
              'application/x-www-form-urlencoded': { schema: SCHEMA, encoding: { a: { style: 'form' } } },
            },
          },
          responses: {
            ...RESPONSES,
            200: {
              description: '',
              headers: { N: { schema: { type: 'integer' } } },
              content: { 'application/json': { schema: SCHEMA } },
              links: { next: { operationId: 'echo' } },
            },
          },
          externalDocs: { url: 'https://a.example' },
        }),
      },
    },
  },
  {
    servers: [{ url: 'https://a.example' }],
    tags: [{ name: 'things' }],
    components: {
      schemas: {
        Thing: SCHEMA,
        Maybe: { oneOf: [{ $ref: '#/components/schemas/Kind' }], discriminator: { propertyName: 'a' } },
        Kind: { type: 'object', required: ['a'], properties: { a: { type: 'string' } } },
      },
      examples: { one: { value: 1 } },
      securitySchemes: {
        oauth: { type: 'oauth2', flows: { implicit: { authorizationUrl: 'https://a.example', scopes: {} } } },
      },
    },
    info: { title: 'Things', version: '1.0.0', contact: { name: 'a' }, license: { name: 'a' } },
  },
);

/** The places of objects of each kind in it. */
const AT: Readonly<Record<string, readonly string[]>> = {
  OpenAPI: [''],
  Info: ['/info'],
  Contact: ['/info/contact'],
  License: ['/info/license'],
  Server: ['/servers/0'],
  Components: ['/components'],
  PathItem: ['/paths/~1things~1{id}'],
  Operation: ['/paths/~1things~1{id}/post'],
  ExternalDocs: ['/paths/~1things~1{id}/post/externalDocs'],
  Parameter: ['/paths/~1things~1{id}/parameters/0'],
  RequestBody: ['/paths/~1things~1{id}/post/requestBody'],
  MediaType: ['/paths/~1things~1{id}/post/requestBody/content/application~1json'],
  Encoding: ['/paths/~1things~1{id}/post/requestBody/content/application~1x-www-form-urlencoded/encoding/a'],
  Response: ['/paths/~1things~1{id}/post/responses/200', '/paths/~1things~1{id}/post/responses/400'],
  Example: ['/components/examples/one'],
  Link: ['/paths/~1things~1{id}/post/responses/200/links/next'],
  Header: ['/paths/~1things~1{id}/post/responses/200/headers/N'],
  Tag: ['/tags/0'],
  Schema: [
    '/components/schemas/Thing',
    '/components/schemas/Thing/properties/a',
    '/paths/~1things~1{id}/post/requestBody/content/application~1json/schema',
  ],
  Discriminator: ['/components/schemas/Maybe/discriminator'],
  SecurityScheme: ['/components/securitySchemes/oauth'],
  OAuthFlows: ['/components/securitySchemes/oauth/flows'],
  OAuthFlow: ['/components/securitySchemes/oauth/flows/implicit'],
};

/** A sample value of a keyword. */
function sampleOf(shape: string): unknown {
  if (shape.startsWith('[')) return [];
  if (shape === 'ExternalDocs' || shape === 'Server') return { url: 'https://a.example' };
  if (shape === 'License') return { name: 'a' };
  if (shape === 'OAuthFlow') return { scopes: {} };
  if (shape.startsWith('{') || /^[A-Z]/.test(shape)) return {};
  return { string: 'a', boolean: true, number: 1, count: 1, any: 1 }[shape];
}

function withEdit(pointer: string, name: string, value: unknown): object {
  const copy: unknown = structuredClone(EVERY_KIND);
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/'));
  const target = steps.reduce<unknown>((inner, step) => Reflect.get(Object(inner), step), copy);
  Reflect.set(Object(target), name, value);
  return Object(copy);
}

/** A single-keyword edit of a request. */
interface Mutation {
  readonly place: Place;
  readonly edit: SchemaEdit;
}

function mutations(random: Random): Mutation[] {
  const all = Object.entries(SCHEMA_EDITS).flatMap(([keyword, make]) =>
    PLACES.flatMap((place) => {
      const edit = { keyword, ...make(random) };
      return place.takes(edit) ? [{ place, edit }] : [];
    }),
  );
  return isAll ? all : random.shuffled(all).slice(0, SAMPLE);
}

describe('a contract with one more keyword', function () {
  this.timeout(600_000);
  let bench: Bench;

  before(async () => {
    bench = await startBench();
  });
  after(() => bench.stop());

  /** Null if the contract is accepted. */
  async function rejectionsOf(document: object): Promise<readonly Rejection[] | null> {
    const generated = await bench.workshop.generate(document);
    return generated instanceof Map ? null : (generated as readonly Rejection[]);
  }

  it('has an edit for each enforced schema keyword', () => {
    const enforced = Object.entries(KEYWORDS.Schema).flatMap(([name, { verdict }]) =>
      verdict === 'enforced' ? [name] : [],
    );
    // writeOnly shows only in replies: bodies.test.ts.
    expect(Object.keys(SCHEMA_EDITS).sort()).to.deep.equal(enforced.filter((name) => name !== 'writeOnly').sort());
  });

  it("is rejected with the keyword's place", async () => {
    for (const [kind, keywords] of Object.entries(kinds)) {
      for (const [name, { verdict, shape }] of Object.entries(keywords)) {
        if (verdict !== 'rejected' || name.startsWith('<')) continue;
        for (const pointer of AT[kind] ?? []) {
          const rejections = await rejectionsOf(withEdit(pointer, name, sampleOf(shape)));
          const found = rejections?.find((one) => one.pointer === `#${pointer}/${name}`);
          expect(found, `${kind}.${name}: ${JSON.stringify(rejections)}`).to.not.equal(undefined);
          expect(found?.line).to.be.greaterThan(1);
        }
      }
    }
  });

  it('is unchanged if the keyword is an annotation', async () => {
    const code = (generated: Generated) =>
      [generated.get('operations.ts'), generated.get('validators.ts')].map((text) =>
        text?.replace(/^ \* Generated from.*$/m, ''),
      );
    const before = await bench.workshop.generate(EVERY_KIND);
    if (!(before instanceof Map)) throw new Error(JSON.stringify(before));
    for (const [kind, keywords] of Object.entries(kinds)) {
      for (const [name, { verdict, shape }] of Object.entries(keywords)) {
        if (verdict !== 'annotation' || name === 'tags' || name === 'scopes') continue;
        for (const pointer of AT[kind] ?? []) {
          const value = name === 'version' ? '2.0.0' : sampleOf(shape);
          const after = await bench.workshop.generate(withEdit(pointer, name, value));
          if (!(after instanceof Map)) throw new Error(`${kind}.${name}: ${JSON.stringify(after)}`);
          expect(code(after), `${kind}.${name}`).to.deep.equal(code(before));
        }
      }
    }
  });

  it('accepts what is valid and rejects what is not, wherever the keyword is', async () => {
    let count = 0;
    for (let round = 0; round < ROUNDS; round++) {
      for (const { place, edit } of mutations(new Random(SEED + round))) {
        const name = `${edit.keyword} in ${place.name}: ${JSON.stringify(edit)}`;
        const generated = await bench.workshop.generate(place.contract(edit.schema));
        if (!(generated instanceof Map)) {
          const [rejection] = generated as readonly Rejection[];
          expect(rejection?.pointer, name).to.match(/^#\/(paths|components)\//);
          expect(place.name, name).to.be.oneOf(['query', 'path', 'cookie']);
          continue;
        }
        await bench.serveGenerated(generated);
        const send = ({ method, target, headers = {}, body }: ReturnType<Place['send']>) =>
          bench.send(method, target, { headers, body });
        const good = await send(place.send(edit.valid));
        expect(good.status, `${name}: ${good.text}`).to.equal(200);
        expect(place.seen(good.json()), name).to.deep.equal('seen' in edit ? edit.seen : edit.valid);
        const bad = await send(place.send(edit.invalid));
        expect(bad.status, `${name}: ${bad.text}`).to.equal(400);
        count++;
      }
    }
    expect(count).to.be.greaterThan(isAll ? 400 : 40);
  });

  it('lets no handler return an invalid response: it does not compile, or the reply check reports it', async () => {
    const random = new Random(SEED);
    const edits = Object.entries(SCHEMA_EDITS)
      .filter(([keyword]) => keyword !== 'readOnly' && keyword !== 'default')
      .map(([keyword, make]) => ({ keyword, ...make(random) }));
    const chosen = isAll ? edits : random.shuffled(edits).slice(0, REPLY_SAMPLE);
    // Within the package, so that imports of the engine's types are found.
    const folder = mkdtempSync(join(ROOT, 'test', 'contract', '.mutation-'));
    try {
      const runtime: boolean[] = [];
      for (const [index, edit] of chosen.entries()) {
        const generated = await bench.workshop.generate(replyContract(edit.schema));
        if (!(generated instanceof Map)) throw new Error(JSON.stringify([edit, generated]));
        mkdirSync(join(folder, String(index)));
        writeFileSync(join(folder, String(index), 'types.ts'), generated.get('types.ts') ?? '');
        for (const which of ['valid', 'invalid'] as const) {
          writeFileSync(join(folder, String(index), `${which}.ts`), handlerText(edit[which]));
        }
        runtime.push(await isFoundAtRunTime(generated, edit));
      }
      const errors = typeErrors(folder, COMPILER_OPTIONS);
      const errorIn = (file: string) => errors.find((error) => error.startsWith(`${file}(`));
      for (const [index, edit] of chosen.entries()) {
        const name = `${edit.keyword}: ${JSON.stringify(edit)}`;
        expect(errorIn(`${index}/valid.ts`), name).to.equal(undefined);
        const isRejected = errorIn(`${index}/invalid.ts`) !== undefined || runtime[index] === true;
        expect(isRejected, name).to.equal(true);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  async function isFoundAtRunTime(generated: Generated, { valid, invalid }: SchemaEdit): Promise<boolean> {
    const results: (string | null)[] = [];
    const checkReply = createReplyCheck({
      share: 1,
      renderProblem: () => '{}',
      onResult: ({ error }) => results.push(error),
    });
    for (const body of [valid, invalid]) {
      await bench.serveGenerated(generated, { checkReply, handlers: { echo: async () => ({ status: 200, body }) } });
      const { text } = await bench.get('/things');
      // A string in place of JSON text is sent unchanged; the compiler rejects it.
      if (typeof body !== 'string') expect(JSON.parse(text)).to.deep.equal(body);
    }
    expect(results[0]).to.equal(null);
    return results[1] !== null;
  }
});

function handlerText(value: unknown): string {
  return [
    "import type { HandlersOf } from '../../../../src/contract/types.js';",
    "import type { operations } from './types.js';",
    'export const handlers: HandlersOf<operations> = {',
    `  echo: async () => ({ status: 200, body: ${JSON.stringify(value)} }),`,
    '};',
  ].join('\n');
}
