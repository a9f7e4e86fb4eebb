import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../support/program.js';
import { startService } from '../support/service.js';
import { read } from './support.js';

/** The instructions of a Dockerfile, with joined lines and without comments. */
const instructions = read('Dockerfile')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll('\\\n', '')
  .split('\n')
  .filter((line) => line.trim() !== '');
const lastStage = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')));

/** The argument of an instruction of the last stage, in exec form. */
function execForm(pattern: RegExp): readonly string[] {
  const line = lastStage.find((instruction) => pattern.test(instruction)) ?? '';
  const words: unknown = JSON.parse(line.slice(line.indexOf('[')));
  if (!Array.isArray(words)) throw new Error(`not in exec form: ${line}`);
  return words.map(String);
}

describe('Dockerfile', () => {
  it('copies only files that exist and that .dockerignore does not exclude', () => {
    const allowed =
      read('.dockerignore')
        .match(/^!(.+)$/gm)
        ?.map((line) => line.slice(1)) ?? [];
    const copied = instructions
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(/\s+/).slice(1, -1));
    expect(copied).not.to.have.length(0);
    for (const path of copied) {
      expect(existsSync(join(ROOT, path)), path).to.equal(true);
      expect(allowed).to.include(path);
    }
  });

  it('builds an image that does not run as root, and has the files of the package', () => {
    expect(lastStage).to.include('USER node');
    const { files }: { files: readonly string[] } = JSON.parse(read('package.json'));
    for (const path of files.filter((name) => !/^[A-Z]/.test(name))) {
      expect(
        lastStage.some((line) => line.startsWith('COPY ') && line.endsWith(` ${path}`)),
        path,
      ).to.equal(true);
    }
    expect(instructions.filter((line) => line.includes('npm ci'))).to.include('RUN npm ci --omit=dev');
  });

  it('starts the program directly, so that signals reach it', () => {
    const { bin }: { bin: Record<string, string> } = JSON.parse(read('package.json'));
    expect(execForm(/^ENTRYPOINT/)).to.deep.equal(['node', bin['payments-api']]);
  });

  it('has a health check that succeeds exactly if the service is up', async () => {
    const [command, ...words] = execForm(/^HEALTHCHECK .* CMD/);
    expect(command).to.equal('node');
    const service = await startService();
    const exitCode = async (): Promise<number | null> => {
      const args = words.map((word) => word.replace(':8080', `:${service.port}`));
      const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit');
      return code;
    };
    expect(await exitCode()).to.equal(0);
    await service.stop();
    expect(await exitCode()).to.equal(1);
  });
});
