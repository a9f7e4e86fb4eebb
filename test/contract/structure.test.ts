import { expect } from 'chai';
import { isVersioned } from '../../src/contract/contract.js';
import type { Authenticator } from '../../src/contract/security.js';
import { type Bench, contractOf, echo, RESPONSES, startBench } from './kit.js';

const WITH_401 = {
  ...RESPONSES,
  401: {
    description: '',
    headers: { 'WWW-Authenticate': { schema: { type: 'string' } } },
    content: { 'application/json': {} },
  },
  403: { description: '', content: { 'application/json': {} } },
};

describe('security', () => {
  let bench: Bench;

  before(async () => {
    bench = await startBench();
  });
  after(() => bench.stop());

  const schemes = {
    token: { type: 'http', scheme: 'bearer' },
    login: { type: 'http', scheme: 'Basic' },
    header: { type: 'apiKey', in: 'header', name: 'X-Key' },
    query: { type: 'apiKey', in: 'query', name: 'key' },
    cookie: { type: 'apiKey', in: 'cookie', name: 'sid' },
    oauth: {
      type: 'oauth2',
      flows: { clientCredentials: { tokenUrl: 'https://a/', scopes: { read: '', write: '' } } },
    },
  };
  const asked: string[] = [];
  const accepts =
    (wanted: string): Authenticator<unknown> =>
    (credentials, { scopes }) => {
      asked.push(`${wanted} ${credentials} ${scopes}`);
      if (credentials === 'forbidden') return 'forbidden';
      return credentials === wanted ? { principal: { wanted, scopes } } : 'unauthenticated';
    };
  const authenticators = {
    token: accepts('t'),
    login: accepts('user:pass:word'),
    header: accepts('h'),
    query: accepts('q'),
    cookie: accepts('c'),
    oauth: async (...given: Parameters<Authenticator<unknown>>) => accepts('o')(...given),
  };

  async function serve(security: object | undefined, root?: object): Promise<void> {
    const operation = { ...echo({ responses: WITH_401 }), ...(security && { security }) };
    const body = { operationId: 'send', responses: WITH_401, requestBody: { content: { 'application/json': {} } } };
    await bench.serve(
      contractOf(
        { '/things': { get: operation, post: { ...body, ...(security && { security }) } } },
        { components: { securitySchemes: schemes }, ...(root && { security: root }) },
      ),
      { authenticators },
    );
  }
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  async function status(headers: Record<string, string> = {}, query = ''): Promise<number> {
    return (await bench.get(`/things${query}`, headers)).status;
  }

  it('reads the credentials of each kind of scheme', async () => {
    await serve([{ token: [] }]);
    expect(await status()).to.equal(401);
    expect(await status({ authorization: 'Bearer x' })).to.equal(401);
    expect(await status({ authorization: 'bearer t' })).to.equal(200);
    expect((await bench.get('/things')).headers['www-authenticate']).to.equal('Bearer');
    await serve([{ login: [] }]);
    expect(await status({ authorization: basic('user:pass') })).to.equal(401);
    expect(await status({ authorization: basic('user:pass:word') })).to.equal(200);
    await serve([{ header: [] }]);
    expect([await status(), await status({ 'x-key': 'h' })]).to.deep.equal([401, 200]);
    await serve([{ query: [] }]);
    expect([await status({}, '?key=h'), await status({}, '?key=q'), await status({}, '?key=q&other=1')]).to.deep.equal([
      401, 200, 400,
    ]);
    // Of two keys, a proxy may have checked the other one.
    expect([await status({}, '?key=q&key=h'), await status({}, '?key=h&key=q')]).to.deep.equal([401, 401]);
    await serve([{ cookie: [] }]);
    expect([await status({ cookie: 'sid=x' }), await status({ cookie: 'a=b; sid=c' })]).to.deep.equal([401, 200]);
  });

  it('removes credentials from the query that handlers get, so that no link repeats them', async () => {
    const operation = { ...echo({ responses: WITH_401 }), security: [{ query: [] }] };
    await bench.serve(contractOf({ '/things': { get: operation } }, { components: { securitySchemes: schemes } }), {
      authenticators,
      handlers: { echo: async ({ queryText }) => ({ status: 200, body: { queryText } }) },
    });
    for (const query of ['?key=q', '?k%65y=q']) {
      expect((await bench.get(`/things${query}`)).json()).to.deep.equal({ queryText: '' });
    }
  });

  it('is a choice of lists, all schemes of one of which must accept', async () => {
    await serve([{ token: [], header: [] }, { query: [] }]);
    expect(await status({ authorization: 'Bearer t' })).to.equal(401);
    const both = await bench.get('/things', { authorization: 'Bearer t', 'x-key': 'h' });
    expect(both.json()).to.have.nested.property('principals').that.has.all.keys('token', 'header');
    expect(Object.keys((await bench.get('/things?key=q')).json<{ principals: object }>().principals)).to.deep.equal([
      'query',
    ]);
  });

  it('accepts every request with an empty requirement, with the principal if it is known', async () => {
    await serve([{ token: [] }, {}]);
    expect((await bench.get('/things')).json()).to.have.deep.property('principals', {});
    expect((await bench.get('/things', { authorization: 'Bearer t' })).json()).to.have.nested.property(
      'principals.token',
    );
  });

  it('of the root applies to every operation without its own', async () => {
    await serve(undefined, [{ token: [] }]);
    expect(await status()).to.equal(401);
    await serve([], [{ token: [] }]);
    expect(await status()).to.equal(200);
  });

  it('passes scopes to the authenticator, which may forbid', async () => {
    await serve([{ oauth: ['read', 'write'] }]);
    expect(await status({ authorization: 'Bearer o' })).to.equal(200);
    expect(asked.at(-1)).to.equal('o o read,write');
    expect(await status({ authorization: 'Bearer forbidden' })).to.equal(403);
  });

  it('is checked before any body', async () => {
    await serve([{ token: [] }]);
    expect((await bench.post('/things', '{')).status).to.equal(401);
    expect(
      (await bench.send('POST', '/things', { body: 'x', headers: { 'content-type': 'text/html' } })).status,
    ).to.equal(401);
    expect((await bench.post('/things', '{}', { authorization: 'Bearer t' })).status).to.equal(200);
  });

  it('is not served without an authenticator for each scheme', async () => {
    const error = await bench
      .serve(
        contractOf(
          { '/things': { get: echo({ responses: WITH_401, security: [{ token: [] }] }) } },
          { components: { securitySchemes: schemes } },
        ),
      )
      .catch((reason: unknown) => reason);
    expect(String(error)).to.include('token has no authenticator');
  });
});

describe('the structure of a contract', () => {
  let bench: Bench;

  before(async () => {
    bench = await startBench();
  });
  after(() => bench.stop());

  it('may be spread over several files', async () => {
    await bench.workshop.write('parts.yml', {
      item: {
        get: echo({ parameters: [{ $ref: '#/size' }], requestBody: undefined }),
        post: { ...echo(), operationId: 'send', requestBody: { $ref: 'more.yml#/body' } },
      },
      size: { name: 'size', in: 'query', schema: { $ref: 'more.yml#/Size' } },
    });
    await bench.workshop.write('more.yml', {
      Size: { type: 'integer', minimum: 2 },
      Tree: {
        type: 'object',
        required: ['size'],
        properties: { size: { $ref: '#/Size' }, more: { type: 'array', items: { $ref: '#/Tree' } } },
      },
      body: { required: true, content: { 'application/json': { schema: { $ref: '#/Tree' } } } },
    });
    await bench.serve(
      contractOf({ '/things': { $ref: 'parts.yml#/item' }, '/others': { get: { ...echo(), operationId: 'other' } } }),
    );
    expect((await bench.get('/things?size=2')).status).to.equal(200);
    expect((await bench.get('/things?size=1')).status).to.equal(400);
    expect((await bench.post('/things', { size: 2, more: [{ size: 1 }] })).status).to.equal(400);
    expect((await bench.post('/things', { size: 2, more: [{ size: 3 }] })).status).to.equal(200);
  });

  it('may refer to any part of itself, in any spelling', async () => {
    const schema = { $ref: '#/paths/~1a~1%7Bid%7D/get/parameters/0/schema' };
    const id = { name: 'id', in: 'path', required: true, schema: { type: 'integer' } };
    await bench.serve(
      contractOf(
        {
          '/a/{id}': { get: echo({ parameters: [id] }) },
          '/b': { post: { ...echo(), operationId: 'b', requestBody: { content: { 'application/json': { schema } } } } },
          '/c': { get: { ...echo(), operationId: 'c', parameters: [{ $ref: '#/components/parameters/%63' }] } },
        },
        { components: { parameters: { c: { name: 'c', in: 'query', schema } } } },
      ),
    );
    for (const [path, status] of [
      ['/c?c=1', 200],
      ['/c?c=x', 400],
    ] as const)
      expect((await bench.get(path)).status).to.equal(status);
    const json = { 'content-type': 'application/json' };
    expect((await bench.post('/b', '1', json)).status).to.equal(200);
    expect((await bench.post('/b', '"x"', json)).status).to.equal(400);
  });

  it('may reuse a path item by reference', async () => {
    await bench.serve(contractOf({ '/a': { get: echo() }, '/b': { get: { ...echo(), operationId: 'b' } } }));
    expect((await bench.get('/b')).status).to.equal(200);
  });

  for (const [path, wanted] of [
    ['/v1/things', true],
    ['/v2/things', false],
  ] as const) {
    it(`has ${wanted ? 'a' : 'no'} prefix that --api-version replaces in ${path}`, async () => {
      expect(isVersioned(await bench.serve(contractOf({ [path]: { get: echo() } })))).to.equal(wanted);
    });
  }

  it('may have paths in any script, which clients percent-encode in either case', async () => {
    await bench.serve(
      contractOf({
        '/größe/{p}/läng': {
          get: echo({ parameters: [{ name: 'p', in: 'path', required: true, schema: { type: 'string' } }] }),
        },
      }),
    );
    for (const path of ['/gr%C3%B6%C3%9Fe/%C3%A4/l%C3%A4ng', '/gr%c3%b6%c3%9fe/%c3%a4/l%c3%a4ng']) {
      expect((await bench.get(path)).json(), path).to.have.nested.property('path.p', 'ä');
    }
  });

  it('may have handlers for HEAD and OPTIONS', async () => {
    const operation = (id: string, status: number) => ({
      operationId: id,
      responses: { [status]: { description: '' } },
    });
    await bench.serve(
      contractOf({
        '/things': { get: echo(), head: operation('head', 204), options: operation('options', 205) },
        '/others': { get: { ...echo(), operationId: 'others' } },
      }),
      {
        handlers: { head: async () => ({ status: 204 }), options: async () => ({ status: 205 }) },
      },
    );
    expect((await bench.head('/things')).status).to.equal(204);
    expect((await bench.head('/others')).status).to.equal(200);
    expect((await bench.send('OPTIONS', '/things')).status).to.equal(205);
    expect((await bench.send('PUT', '/things')).headers.allow).to.equal('GET, HEAD, OPTIONS');
  });

  it('lists the headers that pages of other origins send and read', async () => {
    const parameters = [{ name: 'X-Own', in: 'header', schema: { type: 'string' } }];
    const responses = {
      ...RESPONSES,
      200: {
        ...RESPONSES[200],
        headers: { 'X-Total': { schema: { type: 'integer' } }, 'Cache-Control': { schema: { type: 'string' } } },
      },
    };
    const api = await bench.serve(contractOf({ '/things': { get: echo({ parameters, responses }) } }));
    expect(api.corsHeaders).to.deep.equal({ allowed: ['X-Own'], exposed: ['X-Total'] });
  });
});
