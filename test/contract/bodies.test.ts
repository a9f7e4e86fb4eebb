import { expect } from 'chai';
import { createReplyCheck } from '../../src/contract/reply.js';
import type { HandlerReply } from '../../src/contract/types.js';
import type { Problem } from '../support/http.js';
import { type Bench, contractOf, echo, RESPONSES, startBench } from './kit.js';

const json = (schema: object) => ({ content: { 'application/json': { schema } } });

describe('bodies', () => {
  let bench: Bench;

  before(async () => {
    bench = await startBench();
  });
  after(() => bench.stop());

  async function serve(requestBody: object, schemas: object = {}): Promise<void> {
    await bench.serve(contractOf({ '/things': { post: echo({ requestBody }) } }, { components: { schemas } }));
  }

  async function send(
    body: unknown,
    type?: string,
  ): Promise<{ status: number; seen: unknown; type: unknown; pointers: unknown }> {
    const headers = type === undefined ? {} : { 'content-type': type };
    const response = await bench.send('POST', '/things', { body, headers });
    const {
      body: seen,
      contentType,
      errors,
    } = response.json<{ body: unknown; contentType: unknown; errors: Problem['errors'] }>();
    return { status: response.status, seen, type: contentType, pointers: errors?.map(({ pointer }) => pointer) };
  }

  async function expectCases(
    cases: readonly (readonly [body: unknown, wanted: unknown, type?: string])[],
  ): Promise<void> {
    for (const [body, wanted, type] of cases) {
      const response = await send(body, type);
      const name = `${JSON.stringify(body)}: ${JSON.stringify(response)}`;
      if (typeof wanted === 'number') expect(response.status, name).to.equal(wanted);
      else if (typeof wanted === 'string') expect(response.pointers, name).to.include(wanted);
      else expect(response.seen, name).to.deep.equal(Object(wanted).value);
    }
  }
  const is = (value: unknown) => ({ value });

  describe('of JSON', () => {
    it('get their defaults, even through a reference, and exact multiples', async () => {
      const schema = {
        type: 'object',
        properties: { size: { $ref: '#/components/schemas/Size' }, price: { type: 'number', multipleOf: 0.01 } },
        additionalProperties: false,
      };
      await serve(json(schema), { Size: { type: 'integer', default: 3 } });
      await expectCases([
        ['{}', is({ size: 3 })],
        ['{"size":5,"price":19.99}', is({ size: 5, price: 19.99 })],
        ['{"price":19.999}', '/price'],
      ]);
    });

    it('get their defaults once their properties are counted', async () => {
      const a = { type: 'integer', default: 3 };
      await serve(json({ type: 'object', minProperties: 1, maxProperties: 1, properties: { a } }));
      await expectCases([
        ['{}', ''],
        ['{"b":1}', is({ a: 3, b: 1 })],
        ['{"a":1,"b":1}', ''],
      ]);
    });

    it('may be omitted only if they are not required', async () => {
      await serve({ required: false, ...json({ type: 'object' }) });
      expect((await bench.send('POST', '/things')).json()).to.not.have.property('body');
      await expectCases([
        ['{"a":1}', is({ a: 1 })],
        ['5', ''],
      ]);
      await serve({ required: true, ...json({ type: 'object' }) });
      expect((await bench.send('POST', '/things')).status).to.equal(400);
    });

    it('lose readOnly properties, even through allOf', async () => {
      const properties = { id: { allOf: [{ $ref: '#/components/schemas/Id' }] } };
      const schema = { type: 'object', properties, required: ['id'] };
      const components = { schemas: { Id: { type: 'integer', readOnly: true } } };
      const requestBody = { content: { 'application/json': { schema } } };
      await bench.serve(contractOf({ '/things': { post: echo({ requestBody }) } }, { components }));
      for (const sent of [{ id: 1 }, {}]) expect((await bench.post('/things', sent)).json().body).to.deep.equal({});
      const types = await bench.workshop.generate(
        contractOf({ '/things': { get: echo() } }, { components: { schemas: { ...components.schemas, A: schema } } }),
      );
      expect(types instanceof Map && types.get('types.ts')).to.match(
        /readonly requests: \{\s+readonly "A": \{ readonly \[key: string\]: unknown \};/,
      );
    });

    it('bytes in Base64 have no line breaks', async () => {
      const requestBody = { content: { 'application/json': { schema: { type: 'string', format: 'byte' } } } };
      await bench.serve(contractOf({ '/things': { post: echo({ requestBody }) } }));
      const statuses = ['aGk=', '', 'aGk', '!!!\n', 'aGk=\n'].map(async (sent) => {
        return (await bench.post('/things', JSON.stringify(sent))).status;
      });
      expect(await Promise.all(statuses)).to.deep.equal([200, 200, 400, 400, 400]);
    });

    it('take the URL of a local server', async () => {
      const requestBody = { content: { 'application/json': { schema: { type: 'string', format: 'url' } } } };
      await bench.serve(contractOf({ '/things': { post: echo({ requestBody }) } }));
      expect((await bench.post('/things', '"http://localhost:8080/a"')).status).to.equal(200);
      expect((await bench.post('/things', '"localhost/a"')).status).to.equal(400);
    });

    it('explain a format in its own words if x-detail explains a pattern; a UUID is no URN', async () => {
      const schema = { type: 'string', pattern: '^[^ ]*$', format: 'uuid', 'x-detail': 'must have no spaces' };
      await serve(json(schema));
      const uuid = '4EE3A8D8-ca7b-4290-a52c-dd5b6165ec43';
      const detailOf = async (text: string) =>
        (await bench.post('/things', JSON.stringify(text))).json<Problem>().detail;
      expect(await detailOf(`${uuid} `)).to.equal('The body must have no spaces.');
      expect(await detailOf(`urn:uuid:${uuid}`)).to.equal('The body must match format "uuid".');
      expect(await detailOf(uuid)).to.equal(undefined);
    });

    it('name at most 20 values of an enum', async () => {
      const values = Array.from({ length: 500 }, (_, index) => index);
      const requestBody = { content: { 'application/json': { schema: { type: 'integer', enum: values } } } };
      await bench.serve(contractOf({ '/things': { post: echo({ requestBody }) } }));
      const { detail } = (await bench.post('/things', '-1')).json<Problem>();
      expect(detail).to.match(/^The body must be 0 or 1 or .* or 19 or one of 480 others\.$/);
    });

    it('that fit no alternative, or several, have one error for all alternatives', async () => {
      const named = (name: string) => ({
        type: 'object',
        required: [name],
        properties: { [name]: { type: 'string' } },
      });
      const even = { type: 'integer', multipleOf: 2 };
      const code = { oneOf: [{ type: 'string', maxLength: 3 }, even, { type: 'integer', multipleOf: 3 }] };
      await serve(json({ type: 'object', properties: { code, to: { anyOf: [named('iban'), named('card')] } } }));
      const errorsOf = async (body: string) => (await bench.post('/things', body)).json<Problem>().errors;
      const none = 'fits no alternative of the contract:';
      expect(await errorsOf('{"code":true,"to":{"iban":1}}')).to.deep.equal([
        { pointer: '/code', detail: `${none} must be a string or must be an integer` },
        { pointer: '/to', detail: `${none} /iban must be a string or /card is required` },
      ]);
      expect(await errorsOf('{"code":6}')).to.deep.equal([
        { pointer: '/code', detail: 'fits more than one alternative of the contract, and must fit exactly one' },
      ]);
      expect(await errorsOf('{"code":4,"to":{"card":"1"}}')).to.equal(undefined);
    });

    it('lose readOnly properties, which no client has to send', async () => {
      const schema = {
        type: 'object',
        required: ['id', 'name'],
        properties: { id: { type: 'integer', readOnly: true }, name: { type: 'string' } },
        additionalProperties: false,
      };
      await serve(json(schema));
      await expectCases([
        ['{"name":"a"}', is({ name: 'a' })],
        ['{"name":"a","id":"anything"}', is({ name: 'a' })],
        ['{"id":1}', '/name'],
      ]);
      const { required: _, ...rest } = { ...schema, additionalProperties: true, minProperties: 1, maxProperties: 2 };
      await serve(json(rest));
      await expectCases([
        ['{"id":1}', ''],
        ['{"id":1,"name":"a","b":1}', is({ name: 'a', b: 1 })],
        ['{"id":1,"name":"a","b":1,"c":1}', ''],
      ]);
    });

    it('may be null if the schema says so', async () => {
      const properties = {
        a: { type: 'string', nullable: true },
        b: { type: 'string', nullable: true, enum: ['A', null] },
        c: { allOf: [{ $ref: '#/components/schemas/Maybe' }] },
        d: { type: 'string', enum: ['A'] },
      };
      await serve(json({ type: 'object', properties }), { Maybe: { type: 'object', nullable: true } });
      await expectCases([
        ['{"a":null,"b":null,"c":null}', is({ a: null, b: null, c: null })],
        ['{"b":"B"}', '/b'],
        ['{"d":null}', '/d'],
      ]);
    });

    it('are validated by the branch that their discriminator names, and by no other', async () => {
      const pet = (properties: object) => ({
        type: 'object',
        required: ['kind'],
        properties: { kind: { type: 'string' }, ...properties },
        additionalProperties: false,
      });
      const Pet = {
        oneOf: [{ $ref: '#/components/schemas/Cat' }, { $ref: '#/components/schemas/Dog' }],
        discriminator: { propertyName: 'kind', mapping: { cat: '#/components/schemas/Cat' } },
      };
      await serve(json({ $ref: '#/components/schemas/Pet' }), {
        Pet,
        Cat: pet({ age: { type: 'integer', default: 1 } }),
        Dog: pet({ age: { type: 'string' } }),
      });
      await expectCases([
        ['{"kind":"cat","age":1}', is({ kind: 'cat', age: 1 })],
        ['{"kind":"cat"}', is({ kind: 'cat', age: 1 })],
        ['{"kind":"Dog","age":"old"}', is({ kind: 'Dog', age: 'old' })],
        ['{"kind":"cat","age":"old"}', '/age'],
        ['{"kind":"Cat","age":1}', '/kind'],
        ['{"kind":"bird","age":1}', '/kind'],
        ['{"age":1}', '/kind'],
        ['5', ''],
      ]);
    });

    it('contain no number that would be rounded, at any depth, except in what is kept as text', async () => {
      const free = { type: 'object', 'x-verbatim': true };
      const list = { type: 'array', items: { type: 'object', properties: { free } } };
      const map = { type: 'object', additionalProperties: free };
      const inner = { type: 'object', properties: { list } };
      const properties = { free, list, map, inner, n: { type: 'integer', format: 'int64' } };
      await serve(json({ type: 'object', properties }));
      await expectCases([
        // Handlers cannot get these texts.
        ['{"list":[{"free":{"n":9007199254740993}}]}', '/list/0/free/n'],
        ['{"map":{"a":{"n":9007199254740993}}}', '/map/a/n'],
        ['{"inner":{"list":[{"free":{"n":9007199254740993}}]}}', 200],
        ['{"n":9007199254740993}', '/n'],
        ['{"n":9007199254740992}', is({ n: 9007199254740992 })],
        ['{"other":[{"deep":{"n":9007199254740993}}]}', '/other/0/deep/n'],
        ['{"free":{"n":9007199254740993}}', 200],
      ]);
    });

    it('contain no number that the contract would compare rounded, even in what is kept as text', async () => {
      const named = { type: 'object', 'x-verbatim': true, properties: { fee: { maximum: 10 }, 'a/b': { enum: [1] } } };
      await serve(json({ type: 'object', properties: { named, all: { ...named, additionalProperties: {} } } }));
      await expectCases([
        ['{"named":{"fee":10.00000000000000000001}}', '/named/fee'],
        ['{"named":{"a/b":1.00000000000000000001}}', '/named/a~1b'],
        ['{"named":{"fee":10.0,"free":10.00000000000000000001,"deep":{"fee":1e400}}}', 200],
        ['{"all":{"free":10.00000000000000000001}}', '/all/free'],
      ]);
    });

    it('are compared by each of the schemas of what is kept as text, large or not, and whatever the spelling of names', async () => {
      const kept = { type: 'object', 'x-verbatim': true };
      const memo = { type: 'string', minLength: 2000, maxLength: 3000, nullable: true };
      const named = { type: 'object', properties: { mémo: memo, n: { maximum: 10 } } };
      const excluded = { properties: { kept: { required: ['mémo'], properties: { mémo: { maxLength: 1999 } } } } };
      const fits = { properties: { kept: named } };
      for (const data of [
        { properties: { kept: { allOf: [kept, named] } } },
        { properties: { kept: { allOf: [named, kept] } } },
        { properties: { kept: { ...kept, oneOf: [named] } } },
        { properties: { kept }, anyOf: [fits] },
        { properties: { kept }, not: { required: ['kept'], ...excluded } },
      ]) {
        await serve(json({ type: 'object', properties: { data } }));
        for (const padding of [10, 70_000]) {
          const status = async (member: string) => {
            const body = `{"data":{"kept":{"free":[1e400,"${'x'.repeat(padding)}"],${member}}}}`;
            return (await bench.post('/things', body)).status;
          };
          const memoOf = (name: string, length: number) => `"${name}":"${'y'.repeat(length)}"`;
          for (const name of ['mémo', 'm\\u00e9mo']) {
            const at = `${name} of ${JSON.stringify(data)} in ${padding}`;
            expect(await status(memoOf(name, 2500)), at).to.equal(200);
            expect(await status(memoOf(name, 1500)), at).to.equal(400);
          }
          const inexact = '"n":10.00000000000000000001';
          if (!('not' in data)) expect(await status(inexact), JSON.stringify(data)).to.equal(400);
        }
      }
    });

    it('have a text only of what is kept as text: defaults and readOnly properties would be missing in it', async () => {
      const open = { type: 'object', properties: { a: { type: 'integer', default: 3 }, b: { readOnly: true } } };
      const kept = { type: 'object', 'x-verbatim': true };
      const data = { type: 'object', properties: { open, kept, inner: { type: 'object', properties: { kept } } } };
      const requestBody = json({ type: 'object', properties: { data } });
      await bench.serve(contractOf({ '/things': { post: echo({ requestBody }) } }), {
        handlers: {
          echo: async ({ body, document }) => {
            const texts = ['open', 'kept', 'inner'].map((name) => document?.memberText('data', name) ?? null);
            return { status: 200, contentType: 'application/json', body: { body, texts } };
          },
        },
      });
      const sent = '{"data":{"open":{"b":1},"kept":{"n":1.0},"inner":{"kept":{"n":1.0}}}}';
      expect((await bench.post('/things', sent)).json()).to.deep.equal({
        body: { data: { open: { a: 3 }, kept: { n: 1 }, inner: { kept: { n: 1 } } } },
        texts: [null, '{"n":1.0}', '{"kept":{"n":1.0}}'],
      });
    });

    it('may be any JSON, and trees of several kinds of nodes', async () => {
      const node = (name: string) => ({
        type: 'object',
        required: ['kind', 'args'],
        properties: { kind: { type: 'string' }, args: { type: 'array', items: { $ref: '#/components/schemas/Tree' } } },
        description: name,
      });
      const Tree = {
        oneOf: [{ $ref: '#/components/schemas/And' }, { $ref: '#/components/schemas/Or' }],
        discriminator: { propertyName: 'kind' },
      };
      const list = { type: 'array', items: { $ref: '#/components/schemas/Any' } };
      const map = { type: 'object', additionalProperties: { $ref: '#/components/schemas/Any' } };
      const Any = { oneOf: [{ type: 'string' }, { type: 'integer' }, list, map] };
      const schemas = { Tree, And: node('And'), Or: node('Or'), Any };
      const properties = { tree: { $ref: '#/components/schemas/Tree' }, any: { $ref: '#/components/schemas/Any' } };
      await serve(json({ type: 'object', properties }), schemas);
      const depth = 100;
      const deep = (inner: string) => `${'{"kind":"And","args":['.repeat(depth)}${inner}${']}'.repeat(depth)}`;
      await expectCases([
        [`{"tree":${deep('')}}`, 200],
        [`{"tree":${deep('{"kind":"Not","args":[]}')}}`, 400],
        [`{"any":${'[{"a":'.repeat(depth)}1${'}]'.repeat(depth)}}`, 200],
        [`{"any":[{"a":1.5}]}`, 400],
      ]);
    });

    it('may have schemas that all refer to each other, without a walk over each order of them', async () => {
      const names = Array.from({ length: 16 }, (_, number) => `Node${number}`);
      const schemas = Object.fromEntries(
        names.map((name) => {
          const others = names.map((other) => [other, { $ref: `#/components/schemas/${other}` }]);
          return [name, { type: 'object', properties: Object.fromEntries(others), additionalProperties: false }];
        }),
      );
      await serve(json({ $ref: '#/components/schemas/Node0' }), schemas);
      await expectCases([
        ['{"Node3":{"Node5":{"Node3":{}}}}', 200],
        ['{"Node3":{"Node5":{"Node16":{}}}}', '/Node3/Node5/Node16'],
      ]);
    });

    it('may be recursive', async () => {
      const Tree = {
        type: 'object',
        required: ['name'],
        properties: {
          name: { type: 'string' },
          children: { type: 'array', items: { $ref: '#/components/schemas/Tree' } },
        },
      };
      await serve(json({ $ref: '#/components/schemas/Tree' }), { Tree });
      await expectCases([
        [
          '{"name":"a","children":[{"name":"b","children":[]}]}',
          is({ name: 'a', children: [{ name: 'b', children: [] }] }),
        ],
        ['{"name":"a","children":[{"children":[]}]}', '/children/0/name'],
      ]);
    });
  });

  describe('of other media types', () => {
    const FORM = 'application/x-www-form-urlencoded';

    it('have one validator each, and others are a 415', async () => {
      const a = { type: 'object', required: ['a'], properties: { a: { type: 'integer' } } };
      const b = { type: 'object', required: ['b'], properties: { b: { type: 'integer' } } };
      await serve({
        required: true,
        content: {
          'application/json': { schema: a },
          'application/merge-patch+json': { schema: b },
          'text/plain': { schema: { type: 'string', maxLength: 3 } },
        },
      });
      await expectCases([
        ['{"a":1}', is({ a: 1 }), 'application/json'],
        ['{"a":1}', is({ a: 1 }), 'application/other+json; charset="utf-8"'],
        ['{"b":1}', '/a', 'application/json'],
        ['{"b":1}', is({ b: 1 }), 'application/merge-patch+json'],
        ['{"a":1}', '/b', 'application/merge-patch+json'],
        ['abc', is('abc'), 'text/plain'],
        ['abcd', '', 'text/plain; a="b;c\\"=d"'],
        ['{}', 415, 'text/html'],
        ['{}', 415, 'application/json; charset=latin1'],
        ['{}', 415, 'application/json; charset="utf-16"'],
      ]);
      expect((await send('{"b":1}', 'application/merge-patch+json')).type).to.equal('application/merge-patch+json');
    });

    it('JSON is a 415 if only text is declared', async () => {
      await serve({ required: true, content: { 'text/plain': { schema: { type: 'string' } } } });
      await expectCases([
        ['{}', 415, 'application/json'],
        ['', 415],
        ['é', is('é'), 'text/plain'],
      ]);
      expect((await send(Buffer.from([0xff]), 'text/plain')).pointers).to.deep.equal(['']);
    });

    it('a URL-encoded form is decoded by its properties', async () => {
      const schema = {
        type: 'object',
        required: ['n'],
        properties: {
          n: { type: 'integer' },
          tags: { type: 'array', items: { type: 'string' } },
          at: { type: 'object', properties: { x: { type: 'number' } } },
          deep: { type: 'object', properties: { y: { type: 'boolean' } } },
          size: { type: 'integer', default: 2 },
        },
        additionalProperties: false,
      };
      await serve({ required: true, content: { [FORM]: { schema, encoding: { deep: { style: 'deepObject' } } } } });
      await expectCases([
        ['n=5&tags=a&tags=b+c', is({ n: 5, tags: ['a', 'b c'], size: 2 }), FORM],
        ['n=5&at=%7B%22x%22%3A1.5%7D&deep%5By%5D=true', is({ n: 5, at: { x: 1.5 }, deep: { y: true }, size: 2 }), FORM],
        ['n=x', '/n', FORM],
        ['tags=a', '/n', FORM],
        ['n=5&other=1', '/other', FORM],
        ['n=5&at=%7B', '/at', FORM],
        ['n=5', 415, 'application/json'],
      ]);
    });

    it('a multipart form has fields and files', async () => {
      const schema = {
        type: 'object',
        required: ['title', 'file'],
        properties: {
          title: { type: 'string' },
          count: { type: 'integer' },
          meta: { type: 'object', required: ['a'], properties: { a: { type: 'integer' } } },
          file: { type: 'string', format: 'binary' },
          more: { type: 'array', items: { type: 'string', format: 'binary' } },
        },
        additionalProperties: false,
      };
      const encoding = { file: { contentType: 'image/png, image/*' } };
      await bench.serve(
        contractOf({
          '/things': {
            post: echo({ requestBody: { required: true, content: { 'multipart/form-data': { schema, encoding } } } }),
          },
        }),
        {
          handlers: {
            echo: async ({ body }): Promise<HandlerReply> => {
              const { file, more = [], ...rest } = Object(body);
              const texts = [file, ...more].map(({ bytes, ...facts }) => ({
                ...facts,
                text: Buffer.from(bytes).toString('latin1'),
              }));
              return { status: 200, body: { ...rest, files: texts } };
            },
          },
        },
      );
      async function sendForm(fields: Readonly<Record<string, string | Blob | readonly Blob[]>>) {
        const form = new FormData();
        for (const [name, value] of Object.entries(fields)) {
          for (const one of typeof value === 'string' || value instanceof Blob ? [value] : value) {
            if (typeof one === 'string') form.append(name, one);
            else form.append(name, one, `${name}.png`);
          }
        }
        const encoded = new Response(form);
        const body = Buffer.from(await encoded.arrayBuffer());
        return bench.send('POST', '/things', {
          body,
          headers: { 'content-type': encoded.headers.get('content-type') ?? '' },
        });
      }
      const png = (text: string) => new Blob([text], { type: 'image/png' });
      const good = await sendForm({
        title: 'a',
        count: '5',
        meta: '{"a":1}',
        file: png('\u00ff1'),
        more: [png('2'), png('')],
      });
      expect(good.text).to.include('"title":"a"');
      expect(good.json()).to.deep.equal({
        title: 'a',
        count: 5,
        meta: { a: 1 },
        files: [
          { filename: 'file.png', mediaType: 'image/png', text: '\u00c3\u00bf1' },
          { filename: 'more.png', mediaType: 'image/png', text: '2' },
          { filename: 'more.png', mediaType: 'image/png', text: '' },
        ],
      });
      const pointers = async (fields: Parameters<typeof sendForm>[0]) =>
        (await sendForm(fields)).json<Problem>().errors?.map(({ pointer }) => pointer);
      expect(await pointers({ title: 'a' })).to.deep.equal(['/file']);
      expect(await pointers({ title: 'a', count: 'x', file: png('1') })).to.deep.equal(['/count']);
      expect(await pointers({ title: 'a', meta: '{}', file: png('1') })).to.deep.equal(['/meta/a']);
      expect(await pointers({ title: 'a', file: 'text' })).to.include('/file');
      expect(await pointers({ title: 'a', file: new Blob(['x'], { type: 'text/html' }) })).to.deep.equal(['/file']);
      expect(await pointers({ title: 'a', file: [png('1'), png('2')] })).to.deep.equal(['/file']);
      expect(await pointers({ title: 'a', file: png('1'), strange: png('1') })).to.deep.equal(['/strange']);
      const big = await sendForm({ title: 'a', file: png('x'.repeat(200_000)) });
      expect(big.status).to.equal(413);
      const broken = { body: 'no form', headers: { 'content-type': 'multipart/form-data; boundary=x' } };
      expect((await bench.send('POST', '/things', broken)).status).to.equal(400);
      const unbounded = { body: 'no form', headers: { 'content-type': 'multipart/form-data' } };
      expect((await bench.send('POST', '/things', unbounded)).status).to.equal(400);
      expect(bench.failures).to.deep.equal([]);
    });

    it('a name that the contract does not describe may be in a form several times', async () => {
      const schema = { type: 'object', properties: { a: { type: 'integer' } } };
      await serve({ content: { [FORM]: { schema }, 'multipart/form-data': { schema } } });
      await expectCases([['a=1&z=1&z=2&y=3', is({ a: 1, z: ['1', '2'], y: '3' }), FORM]]);
      const parts = ['name="z"', 'name="z"; filename="f"', 'name="f"; filename="f"', 'name="f"; filename="g"'];
      const body = `${parts.map((part) => `--x\r\nContent-Disposition: form-data; ${part}\r\n\r\nb\r\n`).join('')}--x--\r\n`;
      const headers = { 'content-type': 'multipart/form-data; boundary=x' };
      const seen = (await bench.send('POST', '/things', { body, headers })).json().body;
      expect(seen).to.have.nested.property('z[0]', 'b');
      for (const at of ['z[1]', 'f[0]']) expect(seen).to.have.nested.property(`${at}.filename`, 'f');
      expect(seen).to.have.nested.property('f[1].filename', 'g');
    });

    it('a part of a multipart form is a file by its file name, and not by its media type', async () => {
      const file = { type: 'string', format: 'binary' };
      const files = { type: 'array', items: file, maxItems: 1 };
      const meta = { type: 'object', properties: { a: { type: 'integer' } } };
      const schema = { type: 'object', properties: { meta, title: { type: 'string' }, file, files } };
      await bench.serve(
        contractOf({
          '/things': { post: echo({ requestBody: { content: { 'multipart/form-data': { schema } } } }) },
        }),
      );
      const sent = async (...parts: string[]) => {
        const body = `${parts.map((part) => `--x\r\nContent-Disposition: form-data; ${part}\r\n`).join('')}--x--\r\n`;
        const headers = { 'content-type': 'multipart/form-data; boundary=x' };
        const { errors, body: got } = (await bench.send('POST', '/things', { body, headers })).json();
        return errors ?? got;
      };
      const json = 'name="meta"\r\nContent-Type: application/json\r\n\r\n{"a":1}';
      const title = 'name="title"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nä';
      expect(await sent(json, title)).to.deep.equal({ meta: { a: 1 }, title: 'ä' });
      const untyped = { filename: 'a.bin', mediaType: 'application/octet-stream' };
      expect(await sent('name="file"; filename="a.bin"\r\n\r\nx'))
        .to.have.property('file')
        .that.includes(untyped);
      expect(await sent('name="file"\r\nContent-Type: image/png\r\n\r\nx'))
        .to.have.property('file')
        .that.includes({ mediaType: 'image/png' });
      const wrong = { pointer: '/title', detail: 'must not be a file' };
      expect(await sent('name="title"; filename="a.txt"\r\n\r\nx')).to.deep.equal([wrong]);
      const one = 'name="files"; filename="a.bin"\r\n\r\nx';
      expect(await sent(one, one)).to.have.nested.property('[0].pointer', '/files');
    });

    it('a field of a multipart form is text in UTF-8, which nothing decodes further', async () => {
      const schema = {
        type: 'object',
        properties: { note: { type: 'string' }, list: { type: 'array', items: { type: 'string' } } },
      };
      await bench.serve(
        contractOf({ '/things': { post: echo({ requestBody: { content: { 'multipart/form-data': { schema } } } }) } }),
      );
      const send = async (...parts: readonly (readonly [header: string, text: string | Buffer])[]) => {
        const lines = parts.flatMap(([header, text]) => [
          `--x\r\nContent-Disposition: form-data; ${header}\r\n\r\n`,
          text,
          '\r\n',
        ]);
        const body = Buffer.concat([...lines, '--x--\r\n'].map((line) => Buffer.from(line)));
        const headers = { 'content-type': 'multipart/form-data; boundary=x', 'transfer-encoding': 'chunked' };
        const { errors, body: got, detail } = (await bench.send('POST', '/things', { body, headers })).json();
        return errors ?? got ?? detail;
      };
      expect(await send(['name="note"', '100 % of a+b, %41 ä😀'])).to.deep.equal({ note: '100 % of a+b, %41 ä😀' });
      // Some libraries send this header, although RFC 7578, section 4.7, deprecates it.
      for (const encoding of ['binary', '8bit', 'base64'] as const) {
        const header = `name="note"\r\nContent-Transfer-Encoding: ${encoding}`;
        const sent = encoding === 'base64' ? Buffer.from('ä').toString(encoding) : 'ä';
        expect(await send([header, sent]), encoding).to.deep.equal({ note: 'ä' });
      }
      expect(await send(['name="note"\r\nContent-Transfer-Encoding: other', 'a'])).to.deep.equal([
        { pointer: '', detail: 'has an unknown Content-Transfer-Encoding' },
      ]);
      const detail = 'is not UTF-8';
      expect(await send(['name="note"', Buffer.from('a\u00e9b', 'latin1')])).to.deep.equal([{ pointer: '', detail }]);
      const many = Array.from({ length: 1001 }, (_, index) => ['name="list"', String(index)] as const);
      expect(await send(...many.slice(1)))
        .to.have.property('list')
        .with.lengthOf(1000);
      expect(await send(...many)).to.equal('The form has more than 1000 parts.');
      const long = `name="note"\r\nX-Long: ${'x'.repeat(100_000)}`;
      expect(await send([long, 'a'])).to.equal('The body is larger than 100000 bytes.');
      expect(bench.failures).to.deep.equal([]);
    });

    it('bytes are passed unchanged, of any media type of a range', async () => {
      const requestBody = { required: true, content: { 'image/*': { schema: { type: 'string', format: 'binary' } } } };
      await bench.serve(contractOf({ '/things': { put: echo({ requestBody }) } }), {
        handlers: { echo: async ({ body }) => ({ status: 200, body: Buffer.from(Object(body)).toString('hex') }) },
      });
      const put = (type: string) =>
        bench.send('PUT', '/things', { body: Buffer.from([0, 255]), headers: { 'content-type': type } });
      expect((await put('image/png')).json()).to.equal('00ff');
      expect((await put('text/plain')).status).to.equal(415);
    });
  });
});

describe('responses', () => {
  let bench: Bench;

  before(async () => {
    bench = await startBench();
  });
  after(() => bench.stop());

  async function reply(responses: object, result: HandlerReply, headers: Record<string, string> = {}) {
    await bench.serve(contractOf({ '/things': { get: echo({ responses: { ...RESPONSES, ...responses } }) } }), {
      handlers: { echo: async () => result },
    });
    const response = await bench.get('/things', headers);
    return {
      status: response.status,
      text: response.text,
      type: response.headers['content-type'],
      headers: response.headers,
    };
  }
  const content = (schema: object) => ({ 200: { description: '', content: { 'application/json': { schema } } } });

  it('of JSON are JSON: a string, a number, null', async () => {
    expect((await reply(content({ type: 'string' }), { status: 200, body: 'a' })).text).to.equal('"a"');
    expect((await reply(content({ type: 'number' }), { status: 200, body: 5 })).text).to.equal('5');
    expect((await reply(content({ type: 'object', nullable: true }), { status: 200, body: null })).text).to.equal(
      'null',
    );
    expect((await reply(content({}), { status: 200, body: 'a' })).text).to.equal('"a"');
    expect((await reply(content({ type: 'object' }), { status: 200, body: '{"a":1}' })).text).to.equal('{"a":1}');
    expect((await reply(content({ type: 'array', items: {} }), { status: 200, body: [1] })).type).to.equal(
      'application/json',
    );
  });

  it('with 204, 205 and 304 have no body, whatever the handler returns, and the connection stays usable', async () => {
    for (const status of [204, 205, 304]) {
      const response = await reply({ [status]: { description: '' } }, { status, body: { a: 1 } });
      expect([response.status, response.text]).to.deep.equal([status, '']);
      expect((await bench.get('/things')).status).to.equal(status);
    }
  });

  it('have the representation that Accept prefers', async () => {
    const responses = {
      200: { description: '', content: { 'application/json': {}, 'text/csv': { schema: { type: 'string' } } } },
    };
    const result = { status: 200, content: { 'application/json': () => ({ a: 1 }), 'text/csv': () => 'a\n1' } };
    const wanted = async (accept?: string) => {
      const { type, text, headers } = await reply(responses, result, accept === undefined ? {} : { accept });
      expect(headers.vary).to.equal('Accept');
      return [type, text];
    };
    expect(await wanted('text/csv')).to.deep.equal(['text/csv', 'a\n1']);
    expect(await wanted('application/json;q=0.5, text/*')).to.deep.equal(['text/csv', 'a\n1']);
    expect(await wanted('*/*')).to.deep.equal(['application/json', '{"a":1}']);
    expect(await wanted()).to.deep.equal(['application/json', '{"a":1}']);
    // 406 is not declared, so a representation is sent anyway.
    expect((await wanted('image/png'))[0]).to.equal('application/json');
  });

  it('are 406 if nothing matches and the operation declares it, before its handler runs', async () => {
    const responses = { 406: { description: '', content: { 'application/json': {} } } };
    const never = { status: 500 };
    expect((await reply(responses, never, { accept: 'text/csv' })).status).to.equal(406);
    expect((await reply(responses, { status: 200, body: {} }, { accept: 'application/*' })).status).to.equal(200);
  });

  it('of text and bytes are sent unchanged, with headers of any type', async () => {
    const text = {
      200: {
        description: '',
        content: { 'text/csv': { schema: { type: 'string' } } },
        headers: { N: { schema: { type: 'integer' } } },
      },
    };
    const response = await reply(text, { status: 200, body: '"a"', headers: { N: 5, L: ['a', 'b'] } });
    expect([response.text, response.type, response.headers.n, response.headers.l]).to.deep.equal([
      '"a"',
      'text/csv',
      '5',
      'a, b',
    ]);
    const bytes = {
      200: { description: '', content: { 'image/png': { schema: { type: 'string', format: 'binary' } } } },
    };
    expect((await reply(bytes, { status: 200, body: new Uint8Array([65]) })).text).to.equal('A');
  });

  it('have headers that are checked as the handler gave them, whatever their type', async () => {
    const headers = {
      N: { schema: { type: 'integer', minimum: 2 } },
      L: { schema: { type: 'array', items: { type: 'integer' }, maxItems: 2 } },
    };
    const results: (string | null)[] = [];
    for (const given of [{ N: 2, L: [1, 2] }, { N: 1 }, { N: '2' }, { L: [1, 2, 3] }]) {
      await bench.serve(
        contractOf({ '/things': { get: echo({ responses: { 200: { description: '', headers } } }) } }),
        {
          handlers: { echo: async () => ({ status: 200, headers: given }) },
          checkReply: createReplyCheck({
            share: 1,
            renderProblem: () => '',
            onResult: ({ error }) => results.push(error),
          }),
        },
      );
      await bench.get('/things');
    }
    expect(results).to.deep.equal([
      null,
      'the header /n must be >= 2',
      'the header /n must be integer',
      'the header /l must NOT have more than 2 items',
    ]);
  });

  it('with a problem have its media type if it is the only one declared', async () => {
    const results: (string | null)[] = [];
    const checkReply = createReplyCheck({
      share: 1,
      renderProblem: () => '{}',
      onResult: ({ error }) => results.push(error),
    });
    for (const mediaType of ['application/problem+json', 'application/json']) {
      const responses = { ...RESPONSES, 400: { description: '', content: { [mediaType]: {} } } };
      await bench.serve(contractOf({ '/things': { get: echo({ responses }) } }), { checkReply });
      for (const accept of ['*/*', 'application/json', 'application/problem+json', 'text/html']) {
        const { status, headers } = await bench.get('/things?unknown=1', { accept });
        expect([status, headers['content-type']], accept).to.deep.equal([400, mediaType]);
      }
    }
    expect([...new Set(results)]).to.deep.equal([null]);
  });

  it('with a problem have their status in the body', async () => {
    const response = await reply(
      { 404: { description: '' } },
      { status: 404, problem: { code: 'validation_failed', detail: 'x' } },
    );
    expect(JSON.parse(response.text)).to.include({ status: 404, code: 'validation_failed' });
  });

  it('never contain writeOnly properties: a handler that returns one gets a 500', async () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'string' }, secret: { type: 'string', writeOnly: true } },
    };
    expect((await reply(content(schema), { status: 200, body: { a: 'x' } })).status).to.equal(200);
    expect((await reply(content(schema), { status: 200, body: { a: 'x', secret: 'y' } })).status).to.equal(500);
    expect((await reply(content(schema), { status: 200, body: '{"secret":"y"}' })).text).to.not.include('"y"');
  });

  it('by default and by range stand for every status that is not declared otherwise', async () => {
    const problem = {
      description: '',
      content: { 'application/json': { schema: { type: 'object', required: ['status'] } } },
    };
    const own = { default: problem, '4XX': problem };
    const results: (string | null)[] = [];
    await bench.serve(contractOf({ '/things': { get: echo({ responses: { 200: RESPONSES[200], ...own } }) } }), {
      handlers: { echo: async ({ headers }) => ({ status: Number(Object(headers).s), body: { status: 1 } }) },
      checkReply: (operation, { status }) => results.push(operation.statuses.includes(status) ? null : String(status)),
    });
    for (const s of ['200', '404', '418', '500', '302'])
      expect((await bench.get('/things', { s })).status).to.equal(Number(s));
    expect(results).to.deep.equal([null, null, null, null, null]);
  });
});
