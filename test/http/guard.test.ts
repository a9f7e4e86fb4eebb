import { expect } from 'chai';
import { type RunningService, startService } from '../support/service.js';

const OPERATORS_PATHS = ['/admin/repo', '/metrics', '/profiling/', '/profil%69ng/', '/console/service'];
const ALL_ON = ['--admin', '--metrics', '--profiling', '--console'];

async function statuses(url: string, headers: Record<string, string> = {}): Promise<readonly number[]> {
  return Promise.all(OPERATORS_PATHS.map(async (path) => (await fetch(`${url}${path}`, { headers })).status));
}

describe('the operators’ endpoints', () => {
  let service: RunningService;

  afterEach(() => service.stop());

  it('are 404 unless enabled', async () => {
    service = await startService();
    expect(await statuses(service.url)).to.deep.equal(OPERATORS_PATHS.map(() => 404));
  });

  it('require the admin token if there is one, and accept no other', async () => {
    service = await startService([...ALL_ON, '--admin-token', 'the-token']);
    expect(await statuses(service.url)).to.deep.equal(OPERATORS_PATHS.map(() => 401));
    for (const authorization of ['Bearer the-toke', 'Bearer the-token-', 'Basic the-token', 'the-token', 'Bearer ']) {
      expect(await statuses(service.url, { authorization }), authorization).to.deep.equal(
        OPERATORS_PATHS.map(() => 401),
      );
    }
    expect(await statuses(service.url, { authorization: 'Bearer the-token' })).to.deep.equal(
      OPERATORS_PATHS.map(() => 200),
    );
    expect((await fetch(`${service.url}/admin/repo`, { method: 'DELETE' })).status).to.equal(401);
    const { headers } = await fetch(`${service.url}/metrics`);
    expect(headers.get('www-authenticate')).to.equal('Bearer');
    expect((await fetch(`${service.url}/v1/payments`)).status).to.equal(200);
    expect(JSON.stringify(service.log)).not.to.include('the-token');
  });

  it('are not on the public listener if they have their own', async () => {
    service = await startService([...ALL_ON, '--admin-listen', '127.0.0.1:0']);
    const { admin_address: adminUrl } = await service.logged(({ message }) => message === 'listening');
    expect(await statuses(service.url)).to.deep.equal(OPERATORS_PATHS.map(() => 404));
    expect(await statuses(String(adminUrl))).to.deep.equal(OPERATORS_PATHS.map(() => 200));
  });
});
