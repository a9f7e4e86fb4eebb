import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { sharedPostgres } from '../support/postgres.js';
import { ROOT, runProgram } from '../support/program.js';
import { type RunningService, startService } from '../support/service.js';
import { NOT_RUN } from './commands-not-run.js';
import { exchanges, pages, read } from './markdown.js';
import { runCommand, type Surroundings } from './run-command.js';
import { type ShellCommand, shellCommands } from './shell-blocks.js';

/** The commands of a page; readme.test.ts runs those with responses of the service. */
function commandsOf(page: string): readonly ShellCommand[] {
  const replied = new Set(
    exchanges(read(page)).flatMap(({ command }) =>
      shellCommands(`\`\`\`sh\n${command}\`\`\`\n`).map(({ text }) => text),
    ),
  );
  return shellCommands(read(page)).filter(({ text }) => !replied.has(text));
}

describe('the shell commands of', () => {
  let migrated: string;
  let service: RunningService;

  before('a database and a service for all pages', async () => {
    mkdirSync(join(ROOT, '.tmp'), { recursive: true });
    migrated = mkdtempSync(join(ROOT, '.tmp', 'docs-'));
    cpSync(join(ROOT, 'api'), join(migrated, 'api'), { recursive: true });
    expect((await runProgram(['migrate', 'up', '--repo-uri', join(migrated, 'payments.db')])).code).to.equal(0);
    service = await startService(['--external-url', 'http://localhost:8080', '--admin', '--metrics', '--profiling']);
  });

  after(async () => {
    await service?.stop();
    rmSync(migrated, { recursive: true, force: true });
  });

  for (const page of pages().filter((path) => commandsOf(path).length > 0)) {
    describe(page, () => {
      let surroundings: Surroundings;

      before('a folder with a database in it, and a Postgres', async () => {
        const folder = mkdtempSync(join(ROOT, '.tmp', 'docs-'));
        cpSync(migrated, folder, { recursive: true });
        const postgresUri = read(page).includes('postgres://') ? await (await sharedPostgres()).createDatabase() : '';
        surroundings = { folder, postgresUri, port: service.port };
      });
      after(() => rmSync(surroundings.folder, { recursive: true, force: true }));

      for (const command of commandsOf(page)) {
        const notRun = NOT_RUN.find(
          ({ commands, pages: only }) => commands.test(command.text) && (only?.test(page) ?? true),
        );
        it(notRun ? `could be run, and are not: ${command.text}` : `work: ${command.text}`, async () => {
          if (notRun) notRun.instead(command.text, page);
          else {
            const isKnown = await runCommand(command, surroundings);
            expect(isKnown, 'run-command.ts cannot run it, and commands-not-run.ts does not say why not').to.equal(
              true,
            );
          }
        });
      }
    });
  }
});

describe('the commands that are not run', () => {
  it('each exist, with a reason', () => {
    const all = pages().flatMap((page) => commandsOf(page).map(({ text }) => ({ page, text })));
    // One of them is for measurements without a page.
    const unused = NOT_RUN.filter(
      ({ commands, pages: only }) => !all.some(({ page, text }) => commands.test(text) && (only?.test(page) ?? true)),
    );
    expect(unused.length).to.be.at.most(1);
    for (const { why } of NOT_RUN) expect(why).to.match(/ .* /);
  });
});

describe('the parser of shell blocks', () => {
  it('finds commands, joined and split as a shell does', () => {
    const page = [
      '```sh\na && b   # c\nd \\\n  e\n```\n',
      "```sh\nf 'g # h\ni'\n# j\n```\n\n```text\nk\n```\n",
      '```json\nl\n```\n',
    ].join('\n');
    expect(shellCommands(page)).to.deep.equal([
      { text: 'a', output: null },
      { text: 'b', output: null },
      { text: 'd    e', output: null },
      { text: "f 'g # h\ni'", output: 'k\n' },
    ]);
  });
});
