import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { freshId, paymentBody } from '../support/checked-service.js';
import { MAIN, ROOT } from '../support/program.js';
import { startService } from '../support/service.js';

const CHUNK = join(ROOT, 'dist/chunks/main.js');

describe('the bundle', () => {
  it('works without the modules that were left out, and loads OpenTelemetry only if traces are on', async () => {
    const flags = ['--compress', '--admin', '--metrics', '--cors', '--limit', '1000-M'];
    const service = await startService(flags, { NODE_DEBUG: 'module' });
    const json = { 'Content-Type': 'application/json', 'Accept-Encoding': 'br' };
    const id = freshId();
    const body = JSON.stringify(paymentBody({ id, attributes: { amount: '1.00', text: 'x'.repeat(5000) } }));
    const created = await fetch(`${service.url}/v1/payments`, { method: 'POST', headers: json, body });
    expect(created.status, await created.text()).to.equal(201);
    for (const path of [`/v1/payments/${id}`, '/v1/payments', '/health', '/metrics', '/openapi.json', '/docs']) {
      const { status } = await fetch(service.url + path, { headers: json });
      expect(status, path).to.equal(200);
    }
    const { code, stderr } = await service.stop();
    expect(code).to.equal(0);
    expect(stderr).to.match(/MODULE.*better-sqlite3/);
    expect(stderr.match(/^.*is not in the bundle.*$/m)?.[0]).to.equal(undefined);
  });

  it('starts with what V8 compiled when it was built, but not on another version of Node, which crashed', () => {
    const rejectedBy = (version: string) => {
      const program = `
        Object.defineProperty(process, 'version', { value: '${version}' });
        process.argv = [process.execPath, '${MAIN}', 'version'];
        const { start, scripts } = require('${MAIN}');
        start();
        const rejected = [...scripts.values()].map(({ cachedDataRejected }) => String(cachedDataRejected));
        process.on('exit', () => console.log(JSON.stringify(rejected)));`;
      return new Set(JSON.parse(linesOf(['-e', program]).at(-1) ?? ''));
    };
    expect(rejectedBy(process.version)).to.deep.equal(new Set(['false']));
    // V8 was given no cache.
    expect(rejectedBy('v20.0.0')).to.deep.equal(new Set(['undefined']));
  });

  it('names its scripts in stack traces and profiles by their place, not by the unfinished folder of the build', () => {
    const program = `
      const { Session } = require('node:inspector');
      const session = new Session();
      session.connect();
      const urls = [];
      session.on('Debugger.scriptParsed', ({ params }) => urls.push(params.url));
      session.post('Debugger.enable');
      process.argv = [process.execPath, '${MAIN}', 'version'];
      require('${MAIN}').start();
      process.on('exit', () => console.log(urls.filter((url) => url.includes('/chunks/main')).join(' ')));`;
    expect(linesOf(['-e', program]).at(-1)).to.equal(pathToFileURL(CHUNK).href);
  });

  it('leads stack traces to the sources, if Node is asked to', () => {
    const program = `
      process.argv = [process.execPath, '${MAIN}', 'version'];
      require('${MAIN}').start();
      const { findSourceMap } = require('node:module');
      process.on('exit', () => console.log(findSourceMap('${CHUNK}').payload.sources.join(' ')));`;
    expect(linesOf(['--enable-source-maps', '-e', program]).at(-1)).to.match(/src\/main\.ts(?: |$)/);
  });
});

function linesOf(argv: readonly string[]): readonly string[] {
  return execFileSync(process.execPath, argv, { encoding: 'utf8' }).trim().split('\n');
}
