import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { MAIN } from '../support/program.js';
import { needsPrograms } from '../support/programs.js';
import { exportedLines, temporaryFolder } from './support.js';

/** `script`, from util-linux, gives a program a real pseudo-terminal. */
needsPrograms(
  ['script'],
  describe('a terminal', () => {
    const folder = temporaryFolder();
    after(() => folder.remove());

    for (const [title, env, wanted] of [
      ['in colour', { TERM: 'xterm', NO_COLOR: '' }, '\u001b[32minfo\u001b[39m listening'],
      ['without colours, with NO_COLOR', { TERM: 'xterm', NO_COLOR: '1' }, 'Z info listening'],
      ['without colours, if it is a dumb one', { TERM: 'dumb', NO_COLOR: '' }, 'Z info listening'],
    ] as const) {
      it(`shows log lines ${title}`, async () => {
        // `exec`, because a shell that waits for the service would itself end by Ctrl-C, with its own exit code.
        const command = `exec '${process.execPath}' '${MAIN}' --listen 127.0.0.1:0`;
        const terminal = spawn('script', ['-qec', command, join('/dev', 'null')], {
          env: { ...process.env, ...env },
          stdio: ['pipe', 'pipe', 'inherit'],
        });
        const ended = once(terminal, 'exit');
        let shown = '';
        for await (const chunk of terminal.stdout.setEncoding('utf8')) {
          const isStarting = !shown.includes('Ctrl-C');
          shown += chunk;
          if (isStarting && shown.includes('Ctrl-C')) terminal.stdin.write('\u0003');
        }
        expect((await ended)[0]).to.equal(0);
        expect(shown).to.include(wanted);
      });
    }

    it('shows a count during an import, and the outcome in its place at the end', () => {
      const file = folder.path('payments.ndjson');
      writeFileSync(file, exportedLines(5_000));
      const command = [process.execPath, MAIN, 'import', '--repo-uri', folder.path('payments.db'), '--file', file];
      const argv = ['-qec', command.map((word) => `'${word}'`).join(' '), join('/dev', 'null')];
      const shown = execFileSync('script', argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
      const drawings = shown.split('\r\u001b[K');
      expect(drawings.length).to.be.greaterThan(2);
      for (const drawing of drawings.slice(1, -1)) expect(drawing).to.match(/^[\d,]+ of [\d,]+ bytes$/);
      expect(drawings.at(-1)).to.equal('imported 5,000 rows, 0 were there already, 0 lines rejected\r\n');
    });
  }),
);
