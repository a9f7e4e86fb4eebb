import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { STEPS, stampOf } from '../../scripts/ensure-built.js';
import { ROOT } from '../support/program.js';

describe('what is generated', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ensure-built-'));
  after(() => rmSync(folder, { recursive: true }));

  it('is stale once the contract or a file next to it has changed', () => {
    const generate = STEPS.find(({ script }) => script === 'generate');
    if (!generate) throw new Error('there is no step that generates');
    mkdirSync(join(folder, 'api'));
    const stamps = ['openapi.yml', 'parts.yml', 'parts.yml'].map((name, index) => {
      writeFileSync(join(folder, 'api', name), `version ${index}`);
      return stampOf(folder, generate);
    });
    expect(new Set(stamps).size).to.equal(3);
    expect(stampOf(folder, generate)).to.equal(stamps.at(-1));
  });

  it('is kept if the next build fails', () => {
    const copy = join(folder, 'copy');
    for (const name of ['scripts', 'package.json', 'tsconfig.json']) {
      cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    mkdirSync(join(copy, 'src'));
    writeFileSync(join(copy, 'src/main.ts'), 'const = 1;');
    mkdirSync(join(copy, 'dist/src'), { recursive: true });
    writeFileSync(join(copy, 'dist/src/main.js'), 'the last build');
    const { status } = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/build.ts'], { cwd: copy });
    expect(status).to.equal(1);
    expect(existsSync(join(copy, 'dist/src/main.js'))).to.equal(true);
    expect(readdirSync(copy).filter((name) => name.startsWith('dist'))).to.deep.equal(['dist']);
  });
});
