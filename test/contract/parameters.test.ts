import { expect } from 'chai';
import { maximumOf } from '../../src/contract/contract.js';
import type { Problem } from '../support/http.js';
import { type Bench, contractOf, echo, startBench } from './kit.js';

/** A parameter, how it is sent, and what the handler gets; a pointer if the request is rejected. */
type Case = readonly [sent: string, wanted: unknown];

interface Group {
  readonly name: string;
  readonly parameter: Readonly<Record<string, unknown>>;
  readonly cases: readonly Case[];
}

/** A request that is rejected with this pointer. */
class Rejected {
  constructor(readonly pointer: string) {}
}
const at = (pointer: string) => new Rejected(pointer);

const integer = { type: 'integer' };
const colors = { type: 'array', items: { type: 'string' } };
const numbers = { type: 'array', items: integer };
const point = { type: 'object', properties: { x: integer, y: integer }, required: ['x'], additionalProperties: false };

const QUERY: readonly Group[] = [
  {
    name: 'a signed integer',
    parameter: { schema: { type: 'integer', minimum: -10 } },
    cases: [
      ['p=-5', -5],
      ['p=0', 0],
      ['p=-0', 0],
      ['p=007', 7],
      ['p=-11', at('/query/p')],
      ['p=1.5', at('/query/p')],
    ],
  },
  {
    name: 'an int64',
    parameter: { schema: { type: 'integer', format: 'int64' } },
    cases: [
      ['p=9007199254740992', 9007199254740992],
      ['p=9007199254740993', at('/query/p')],
      ['p=-9007199254740993', at('/query/p')],
      ['p=1e3', at('/query/p')],
      ['p=%205', at('/query/p')],
    ],
  },
  {
    name: 'an int32',
    parameter: { schema: { type: 'integer', format: 'int32' } },
    cases: [
      ['p=2147483647', 2147483647],
      ['p=2147483648', at('/query/p')],
    ],
  },
  {
    name: 'an integer that saturates',
    parameter: { schema: { type: 'integer', 'x-saturates': true } },
    cases: [
      ['p=9007199254740993', 9007199254740992],
      ['p=1', 1],
    ],
  },
  {
    name: 'a number',
    parameter: { schema: { type: 'number', multipleOf: 0.01 } },
    cases: [
      ['p=1.5', 1.5],
      ['p=19.99', 19.99],
      ['p=-2', -2],
      ['p=1e2', 100],
      ['p=1.555', at('/query/p')],
      ['p=.5', at('/query/p')],
      ['p=0.10000000000000000001', at('/query/p')],
      ['p=Infinity', at('/query/p')],
      ['p=', at('/query/p')],
    ],
  },
  {
    name: 'a boolean',
    parameter: { schema: { type: 'boolean' } },
    cases: [
      ['p=true', true],
      ['p=false', false],
      ['p=TRUE', at('/query/p')],
      ['p=1', at('/query/p')],
      ['p=', at('/query/p')],
    ],
  },
  {
    name: 'text',
    parameter: { schema: { type: 'string', maxLength: 5 } },
    cases: [
      ['p=a+b', 'a b'],
      ['p=%C3%A4', 'ä'],
      ['p=', ''],
      ['p=123456', at('/query/p')],
      ['p=%E4', at('/query/p')],
      ['p=a&p=b', at('/query/p')],
    ],
  },
  {
    name: 'an integer within allOf',
    parameter: { schema: { allOf: [{ $ref: '#/components/schemas/Small' }, { maximum: 9 }] } },
    cases: [
      ['p=5', 5],
      ['p=10', at('/query/p')],
      ['p=0', at('/query/p')],
      ['p=x', at('/query/p')],
    ],
  },
  {
    name: 'an object of which several parts describe a property',
    parameter: {
      style: 'deepObject',
      schema: {
        allOf: [
          { type: 'object', properties: { a: integer } },
          { type: 'object', properties: { a: { description: 'A.' } } },
        ],
        anyOf: [
          { type: 'object', properties: { b: integer } },
          { type: 'object', properties: { b: { type: 'boolean' } } },
        ],
      },
    },
    cases: [
      ['p[a]=1', { a: 1 }],
      ['p[b]=2', { b: 2 }],
      ['p[b]=true', { b: true }],
      ['p[b]=x', at('/query/p')],
    ].map(([sent, wanted]) => [String(sent), wanted] as const),
  },
  {
    name: 'a list of which several parts describe the items',
    parameter: {
      schema: {
        anyOf: [numbers, { type: 'array', items: { type: 'boolean' } }],
        allOf: [{ type: 'array', items: { description: 'An item.' } }],
      },
    },
    cases: [
      ['p=1&p=2', [1, 2]],
      ['p=true', [true]],
      ['p=x', at('/query/p')],
    ],
  },
  {
    name: 'one of two types',
    parameter: { schema: { oneOf: [integer, { type: 'string', enum: ['all'] }] } },
    cases: [
      ['p=5', 5],
      ['p=all', 'all'],
      ['p=some', at('/query/p')],
    ],
  },
  {
    name: 'a list, exploded',
    parameter: { schema: colors },
    cases: [
      ['p=a&p=b', ['a', 'b']],
      ['p=a%2Cb', ['a,b']],
      ['p=a,b', ['a,b']],
      ['', undefined],
    ],
  },
  {
    name: 'a list of numbers, not exploded',
    parameter: { schema: { ...numbers, maxItems: 3 }, explode: false },
    cases: [
      ['p=1,2', [1, 2]],
      ['p=-1', [-1]],
      ['p=1,x', at('/query/p/1')],
      ['p=1,2,3,4', at('/query/p')],
      ['p=1&p=2', at('/query/p')],
      ['p=', []],
    ],
  },
  {
    name: 'a list with spaces',
    parameter: { schema: colors, style: 'spaceDelimited', explode: false },
    cases: [
      ['p=a%20b', ['a', 'b']],
      ['p=a+b', ['a', 'b']],
    ],
  },
  {
    name: 'a list with pipes',
    parameter: { schema: colors, style: 'pipeDelimited', explode: false },
    cases: [
      ['p=a|b', ['a', 'b']],
      ['p=a%7Cb', ['a', 'b']],
    ],
  },
  {
    name: 'an object, exploded: its properties are parameters',
    parameter: { schema: point },
    cases: [
      ['x=1&y=2', { x: 1, y: 2 }],
      ['x=1', { x: 1 }],
      ['y=2', at('/query/p/x')],
      ['x=a', at('/query/p/x')],
      ['x=1&z=2', at('/query/z')],
    ],
  },
  {
    name: 'an object, exploded, that takes others',
    parameter: { schema: { type: 'object', properties: { x: integer }, additionalProperties: { type: 'boolean' } } },
    cases: [
      ['x=1&more=true', { x: 1, more: true }],
      ['more=5', at('/query/p/more')],
      ['more=true&more=true', at('/query/p/more')],
    ],
  },
  {
    name: 'an object in one text',
    parameter: { schema: point, explode: false },
    cases: [
      ['p=x,1,y,2', { x: 1, y: 2 }],
      ['p=x,1,y', at('/query/p')],
      ['p=x,1,z,2', at('/query/p/z')],
    ],
  },
  {
    name: 'an object with brackets',
    parameter: { schema: point, style: 'deepObject' },
    cases: [
      ['p[x]=1&p[y]=-2', { x: 1, y: -2 }],
      ['p%5Bx%5D=1', { x: 1 }],
      ['p[y]=1', at('/query/p/x')],
      ['p[x]=1&p[x]=2', at('/query/p/x')],
      ['p[x]=1&p[z]=2', at('/query/p/z')],
    ],
  },
  {
    name: 'JSON',
    parameter: { content: { 'application/json': { schema: point } } },
    cases: [
      [`p=${encodeURIComponent('{"x":1}')}`, { x: 1 }],
      [`p=${encodeURIComponent('{"y":1}')}`, at('/query/p/x')],
      ['p=%7B', at('/query/p')],
      [`p=${encodeURIComponent('{"x":9007199254740993}')}`, at('/query/p/x')],
    ],
  },
  {
    name: 'a value that may be empty',
    parameter: { schema: integer, allowEmptyValue: true },
    cases: [
      ['p=', ''],
      ['p', ''],
      ['p=5', 5],
      ['p=x', at('/query/p')],
    ],
  },
  {
    name: 'a value that must not be empty',
    parameter: { schema: { type: 'string' }, allowEmptyValue: false },
    cases: [
      ['p=', at('/query/p')],
      ['p=x', 'x'],
    ],
  },
  {
    name: 'a default',
    parameter: { schema: { $ref: '#/components/schemas/Small' } },
    cases: [
      ['', 3],
      ['p=4', 4],
    ],
  },
  {
    name: 'a required one',
    parameter: { schema: { type: 'string' }, required: true },
    cases: [
      ['', at('/query/p')],
      ['q=1&p=1', at('/query/q')],
    ],
  },
];

const PATH: readonly Group[] = [
  {
    name: 'an integer',
    parameter: { schema: integer },
    cases: [
      ['7', 7],
      ['-7', -7],
      ['x', at('/path/p')],
    ],
  },
  {
    name: 'a list',
    parameter: { schema: numbers },
    cases: [
      ['1,2', [1, 2]],
      ['1%2C2', at('/path/p/0')],
    ],
  },
  { name: 'an object', parameter: { schema: point }, cases: [['x,1,y,2', { x: 1, y: 2 }]] },
  { name: 'an object, exploded', parameter: { schema: point, explode: true }, cases: [['x=1,y=2', { x: 1, y: 2 }]] },
  {
    name: 'a label',
    parameter: { schema: integer, style: 'label' },
    cases: [
      ['.5', 5],
      ['5', at('/path/p')],
    ],
  },
  {
    name: 'a list of labels',
    parameter: { schema: numbers, style: 'label', explode: true },
    cases: [['.1.2', [1, 2]]],
  },
  {
    name: 'an object of labels',
    parameter: { schema: point, style: 'label', explode: true },
    cases: [['.x=1.y=2', { x: 1, y: 2 }]],
  },
  {
    name: 'matrix',
    parameter: { schema: integer, style: 'matrix' },
    cases: [
      [';p=5', 5],
      ['5', at('/path/p')],
    ],
  },
  { name: 'a list as matrix', parameter: { schema: numbers, style: 'matrix' }, cases: [[';p=1,2', [1, 2]]] },
  {
    name: 'a list as matrix, exploded',
    parameter: { schema: numbers, style: 'matrix', explode: true },
    cases: [[';p=1;p=2', [1, 2]]],
  },
  {
    name: 'an object as matrix',
    parameter: { schema: point, style: 'matrix' },
    cases: [[';p=x,1,y,2', { x: 1, y: 2 }]],
  },
  {
    name: 'an object as matrix, exploded',
    parameter: { schema: point, style: 'matrix', explode: true },
    cases: [
      [';x=1;y=2', { x: 1, y: 2 }],
      [';x=1;x=2', at('/path/p/x')],
    ],
  },
];

const HEADER: readonly Group[] = [
  {
    name: 'an integer',
    parameter: { schema: integer },
    cases: [
      ['7', 7],
      ['-7', -7],
      ['x', at('/header/p')],
    ],
  },
  { name: 'a list', parameter: { schema: colors }, cases: [['a, b', ['a', 'b']]] },
  {
    name: 'an object',
    parameter: { schema: point },
    cases: [
      ['x,1,y,2', { x: 1, y: 2 }],
      ['y,2', at('/header/p/x')],
    ],
  },
  { name: 'an object, exploded', parameter: { schema: point, explode: true }, cases: [['x=1, y=2', { x: 1, y: 2 }]] },
];

const COOKIE: readonly Group[] = [
  {
    name: 'an integer',
    parameter: { schema: integer },
    cases: [
      ['p=7', 7],
      ['a=b; p=-7', -7],
      ['p=x', at('/cookie/p')],
      ['a=b', undefined],
    ],
  },
  {
    name: 'a required one',
    parameter: { schema: { type: 'string' }, required: true },
    cases: [
      ['p=a%20b', 'a b'],
      ['a=b', at('/cookie/p')],
    ],
  },
  { name: 'a list', parameter: { schema: numbers, explode: false }, cases: [['p=1,2', [1, 2]]] },
];

const SMALL = { components: { schemas: { Small: { type: 'integer', minimum: 1, default: 3 } } } };

describe('parameters', () => {
  let bench: Bench;

  before(async () => {
    bench = await startBench();
  });
  after(() => bench.stop());

  function check(place: 'query' | 'path' | 'header' | 'cookie', { name, parameter, cases }: Group): void {
    it(`in ${place}: ${name}`, async () => {
      const own = { name: 'p', in: place, ...(place === 'path' && { required: true }), ...parameter };
      const operation = echo({ parameters: [own] });
      const path = place === 'path' ? '/things/{p}' : '/things';
      const headers: unknown[] = [];
      const handlers = {
        echo: async (request: { headers: object; path: object; query: object; cookies: object }) => {
          headers.push('p' in request.headers ? request.headers.p : undefined);
          return { status: 200, body: { path: request.path, query: request.query, cookie: request.cookies } };
        },
      };
      await bench.serve(contractOf({ [path]: { get: operation } }, SMALL), { handlers });
      for (const [sent, wanted] of cases) {
        const target = place === 'path' ? `/things/${sent}` : place === 'query' ? `/things?${sent}` : '/things';
        const sentHeaders = place === 'header' ? { p: sent } : place === 'cookie' ? { cookie: sent } : {};
        const reply = await bench.get(target, sentHeaders);
        if (wanted instanceof Rejected) {
          expect(reply.status, `${sent}: ${reply.text}`).to.equal(400);
          expect(
            reply.json<Problem>().errors?.map(({ pointer }) => pointer),
            sent,
          ).to.include(wanted.pointer);
        } else {
          expect(reply.status, `${sent}: ${reply.text}`).to.equal(200);
          const got: Record<string, Record<string, unknown>> = reply.json();
          expect(place === 'header' ? headers.at(-1) : got[place]?.p, sent).to.deep.equal(wanted);
        }
      }
    });
  }

  for (const group of QUERY) check('query', group);
  for (const group of PATH) check('path', group);
  for (const group of HEADER) check('header', group);
  for (const group of COOKIE) check('cookie', group);

  it('a header is rejected that is sent twice and of which Node keeps one', async () => {
    const parameters = ['From', 'X-Tags'].map((name) => ({ name, in: 'header', schema: { type: 'string' } }));
    await bench.serve(contractOf({ '/things': { get: echo({ parameters }) } }));
    expect((await bench.get('/things', { from: 'a', 'x-tags': ['a', 'b'] })).status).to.equal(200);
    const rejected = (await bench.get('/things', { From: ['a', 'b'], 'x-tags': ['a', 'b'] })).json<Problem>();
    expect(rejected.errors).to.deep.equal([{ pointer: '/header/from', detail: 'is given more than once' }]);
  });

  it('the first error comes first, with the number of others', async () => {
    const size = { name: 'size', in: 'query', schema: { type: 'integer', minimum: 1 } };
    await bench.serve(contractOf({ '/things': { get: echo({ parameters: [size] }) } }));
    const detail = async (query: string) => (await bench.get(`/things?${query}`)).json<Problem>().detail;
    expect(await detail('size=0')).to.equal('/query/size must be at least 1.');
    expect(await detail('size=0&a=1')).to.equal('/query/size must be at least 1; 1 more error.');
    expect(await detail('size=0&a=1&b=2')).to.equal('/query/size must be at least 1; 2 more errors.');
  });

  for (const [what, wanted, schemas] of [
    ['no maximum', Infinity, [{}]],
    ['a maximum', 5, [{ maximum: 5 }]],
    ['an exclusive maximum', 4, [{ maximum: 5, exclusiveMaximum: true }]],
    ['a maximum within allOf', 7, [{ allOf: [{ $ref: '#/components/schemas/Small' }, { maximum: 7.5 }] }]],
    ['the smallest of two operations', 5, [{ maximum: 9 }, { maximum: 5 }]],
  ] as const) {
    it(`the largest value: ${what}`, async () => {
      const paths = schemas.map((schema, index) => {
        const parameters = [{ name: 'size', in: 'query', schema: { type: 'integer', ...schema } }];
        return [`/things${index}`, { get: echo({ operationId: `echo${index}`, parameters }) }];
      });
      const generated = await bench.workshop.generate(contractOf(Object.fromEntries(paths), SMALL));
      if (!(generated instanceof Map)) throw new Error(JSON.stringify(generated));
      expect(maximumOf(await bench.workshop.load(generated), 'size')).to.equal(wanted);
    });
  }
});
