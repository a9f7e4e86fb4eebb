import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ROOT } from '../support/program.js';
import type { Outcome } from './hooks.js';

/** The served contract. */
export const CONTRACT = join(ROOT, 'api', 'openapi.yml');

/**
 * Runs Dredd as its users do: its own program, with dredd.yml except for the contract.
 *
 * @param contract - the path of the contract
 */
export async function runDredd(contract: string) {
  const folder = mkdtempSync(join(tmpdir(), 'payments-dredd-'));
  const config = join(folder, 'dredd.yml');
  const report = join(folder, 'report.json');
  try {
    writeFileSync(config, stringify({ ...parse(readFileSync(join(ROOT, 'dredd.yml'), 'utf8')), blueprint: contract }));
    writeFileSync(report, '[]');
    const program = join(dirname(createRequire(import.meta.url).resolve('dredd/package.json')), 'bin', 'dredd');
    const child = spawn(process.execPath, [program, '--no-color', '--config', config], {
      cwd: ROOT,
      env: { ...process.env, DREDD_REPORT: report },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    const [exitCode] = await once(child, 'close');
    const outcomes: readonly Outcome[] = JSON.parse(readFileSync(report, 'utf8'));
    return { exitCode, output, outcomes };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
