import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { ROOT } from '../support/program.js';
import { startService } from '../support/service.js';
import { httpFile } from './http-file.js';
import { read } from './markdown.js';

const PATH = 'docs/payments.http';

describe(PATH, () => {
  it('is generated from the contract', () => {
    const wanted = httpFile(read('api/openapi.yml'));
    if (process.env.UPDATE_DOCS === '1') writeFileSync(join(ROOT, PATH), wanted);
    expect(existsSync(join(ROOT, PATH)) ? read(PATH) : '').to.equal(wanted);
  });

  it('has requests that all succeed, from top to bottom', async () => {
    const service = await startService(['--admin', '--metrics']);
    const requests = [...read(PATH).matchAll(/^([A-Z]+) \{\{url\}\}(\S+)\n(Content-Type: \S+\n\n)?([^#]*)/gm)];
    const statuses: Record<string, number> = {};
    for (const [, method = '', target = '', hasBody, body = ''] of requests) {
      const init = hasBody ? { body, headers: { 'Content-Type': 'application/json' } } : {};
      statuses[`${method} ${target}`] = (await fetch(`${service.url}${target}`, { method, ...init })).status;
    }
    await service.stop();
    const { paths }: { paths: Record<string, object> } = parse(read('api/openapi.yml'));
    expect(requests).to.have.length(Object.values(paths).flatMap((path) => Object.keys(path)).length);
    expect(
      Object.values(statuses).filter((status) => status >= 300),
      JSON.stringify(statuses),
    ).to.deep.equal([]);
  });
});
