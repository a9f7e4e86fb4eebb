import { expect } from 'chai';
import { startService } from '../support/service.js';
import { temporaryFolder } from './support.js';

interface List {
  readonly data: readonly { readonly id: string; readonly version: number; readonly attributes: { amount: string } }[];
  readonly links: { readonly next: string };
}

describe('mock', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());

  it('serves examples on two pages, with admin, metrics and CORS, and takes writes', async () => {
    // A real database in the environment must not be filled with examples.
    const service = await startService([], { PAYMENTS_REPO_URI: folder.path('real.db') }, 'mock');
    try {
      const response = await fetch(`${service.url}/v1/payments`, { headers: { Origin: 'https://shop.example' } });
      expect(response.headers.get('access-control-allow-origin')).to.equal('*');
      const text = await response.text();
      const { data, links }: List = JSON.parse(text);
      expect(data).to.have.length(20);
      expect(data[0]?.version).to.equal(1);
      expect(text).to.match(/"numeric_reference":22345678901234567890\}/);
      const { search } = new URL(links.next);
      const second: List = JSON.parse(await (await fetch(`${service.url}/v1/payments${search}`)).text());
      expect(second.data).to.have.length(5);
      expect(await (await fetch(`${service.url}/admin/repo`)).json()).to.deep.equal({ count: 25 });
      expect((await fetch(`${service.url}/metrics`)).status).to.equal(200);
      const removed = await fetch(`${service.url}/v1/payments/${data[0]?.id}?version=1`, { method: 'DELETE' });
      expect(removed.status).to.equal(204);
    } finally {
      expect((await service.stop()).code).to.equal(0);
    }
  });

  it('gives flags and variables precedence over its defaults, and fills a file only once', async () => {
    const flags = ['--repo-uri', folder.path('mock.db'), '--no-admin'];
    for (const expected of [25, 25]) {
      const service = await startService(flags, { PAYMENTS_METRICS: 'false', PAYMENTS_MAX_RESULTS: '100' }, 'mock');
      try {
        expect((await fetch(`${service.url}/admin/repo`)).status).to.equal(404);
        expect((await fetch(`${service.url}/metrics`)).status).to.equal(404);
        const { data }: List = JSON.parse(await (await fetch(`${service.url}/v1/payments`)).text());
        expect(data).to.have.length(expected);
      } finally {
        await service.stop();
      }
    }
  });
});
