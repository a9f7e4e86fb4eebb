import { expect } from 'chai';
import { type RunningService, startService } from '../support/service.js';
import { parseCurl, runCurl } from './curl.js';
import { exchanges, read, writeResponses } from './markdown.js';

/** Removes what differs between runs. */
function steady(reply: string): string {
  return reply
    .replace(/^X-Request-Id: .*$/m, 'X-Request-Id: …')
    .replace(/^Date: .*$/m, 'Date: …')
    .replace(/"instance":"[^"]*"/, '"instance":"…"')
    .trim();
}

for (const path of ['README.md', 'docs/tutorial.md']) {
  describe(`the commands of ${path}`, () => {
    let service: RunningService;

    before(async () => {
      service = await startService(['--external-url', 'http://localhost:8080']);
    });

    after(() => service.stop());

    it('get the responses shown', async () => {
      const shown = exchanges(read(path));
      expect(shown).not.to.have.length(0);
      const replies: string[] = [];
      for (const { command } of shown) replies.push(await runCurl(parseCurl(command), service.port));
      if (process.env.UPDATE_DOCS === '1') writeResponses(path, replies);
      else expect(shown.map(({ reply }) => steady(reply))).to.deep.equal(replies.map(steady));
    });
  });
}

describe('README.md', () => {
  it('names scripts that exist', () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(read('package.json'));
    const named = [...read('README.md').matchAll(/npm (?:run )?([a-z][\w:]*)/g)].map(([, name = '']) => name);
    expect(named).to.include('generate');
    expect([...Object.keys(scripts), 'ci', 'install']).to.include.members(named);
  });
});
