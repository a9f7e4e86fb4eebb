import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { contract } from '../../src/contract/contract.js';
import { runProgram } from '../support/program.js';
import { needsPrograms } from '../support/programs.js';
import { runCommand, temporaryFolder } from './support.js';

describe('openapi', () => {
  it('prints the whole contract to a pipe, which takes 64 KiB at a time', async () => {
    // With a long URL, which is in every link of the examples, the output is longer than that.
    const { code, stdout } = await runProgram(['openapi', '--external-url', `http://localhost/${'a'.repeat(500)}`]);
    expect(code).to.equal(0);
    expect(stdout).to.have.length.above(65_536);
    const printed: { paths: object; components: { schemas: object } } = parse(stdout);
    const { paths, components } = contract.definition;
    expect(Object.keys(printed.paths)).to.deep.equal(Object.keys(paths ?? {}));
    expect(Object.keys(printed.components.schemas)).to.deep.equal(Object.keys(components?.schemas ?? {}));
  });
});

describe('completion', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());

  async function scriptFor(shell: string): Promise<string> {
    const { code, stdout, stderr } = await runCommand(['completion', shell]);
    expect([code, stderr]).to.deep.equal([0, '']);
    return stdout;
  }

  needsPrograms(
    ['bash'],
    describe('in bash', () => {
      /** Bash's completions of the last word. */
      async function offered(...words: string[]): Promise<string[]> {
        const file = folder.path('completion.bash');
        writeFileSync(file, await scriptFor('bash'));
        const line = ['payments-api', ...words].map((word) => `'${word}'`).join(' ');
        const commands = [
          `source '${file}'`,
          `COMP_WORDS=(${line}) COMP_CWORD=${words.length}`,
          '_payments_api',
          `printf '%s\\n' "\${COMPREPLY[@]}"`,
        ];
        return execFileSync('bash', ['-c', commands.join('\n')], { encoding: 'utf8' })
          .split('\n')
          .filter(Boolean);
      }

      it('offers commands and flags first', async () => {
        expect(await offered('ex')).to.deep.equal(['export']);
        expect(await offered('--adm')).to.have.members(['--admin', '--admin-listen', '--admin-token']);
      });

      it("offers a command's operands and flags after it", async () => {
        expect(await offered('migrate', 'd')).to.deep.equal(['down']);
        expect(await offered('export', '--af')).to.deep.equal(['--after']);
        expect(await offered('verify', '--af')).to.deep.equal([]);
        expect(await offered('export', '--repo-u')).to.deep.equal(['--repo-uri']);
      });

      it('offers the values of a flag that takes one of a few words', async () => {
        expect(await offered('--log-format', '')).to.deep.equal(['auto', 'json', 'pretty']);
        expect(await offered('export', '--repo', 'p')).to.deep.equal(['postgres']);
        expect(await offered('--workers', '')).to.deep.equal(['auto']);
      });
    }),
  );

  it('is offered for zsh, by its emulation of bash', async () => {
    expect(await scriptFor('zsh')).to.match(/bashcompinit[\s\S]*complete .* payments-api$/m);
  });

  it('is offered for fish, one line for each word', async () => {
    const lines = (await scriptFor('fish')).trimEnd().split('\n');
    expect(lines).to.include("complete -c payments-api -n '__fish_seen_subcommand_from migrate' -f -a down");
    expect(lines.find((line) => line.includes('-l log-format'))).to.include(" -x -a 'auto json pretty' -d ");
    for (const line of lines.slice(1)) expect(line).to.match(/^complete -c payments-api -(n|l) /);
  });
});
