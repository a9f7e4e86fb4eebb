/** The only file that uses `process`: it passes on the parts that commands need. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './cli/program.js';
import { environmentName } from './config/settings.js';
import { product } from './payments/resource.js';

const self = fileURLToPath(import.meta.url);

function packageRootAbove(folder: string): string {
  return existsSync(join(folder, 'api/openapi.yml')) ? folder : packageRootAbove(dirname(folder));
}

const packageRoot = packageRootAbove(dirname(self));
const { version }: { version: string } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));

/** Set by the primary for worker processes. */
const WORKER_VARIABLE = environmentName(product, 'worker-slot');

// Replaces the arguments, which may contain passwords and are visible to every user of the machine.
const slot = process.env[WORKER_VARIABLE];
process.title = slot === undefined ? product.serviceName : `${product.serviceName}: worker ${slot}`;

void run({
  product,
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  packageRoot,
  version,
  stdoutFd: 1,
  stdin: () => process.stdin,
  stdout: () => process.stdout,
  stderr: () => process.stderr,
  facts: process,
  signals: process,
  parent: process.send && slot !== undefined ? process : null,
  forkWorker: (worker, further, env) =>
    // Not imported above: only a primary process needs it, and it takes a while to load.
    process
      .getBuiltinModule('node:child_process')
      .fork(process.argv[1] ?? self, [...process.argv.slice(2), ...further], {
        env: { ...env, [WORKER_VARIABLE]: String(worker) },
        serialization: 'advanced',
      }),
  now: () => performance.now(),
  print: (text) => process.stdout.write(`${text}\n`),
  printError: (text) => process.stderr.write(`${text}\n`),
  onUncaught(listener) {
    process.on('uncaughtException', (error) => listener('uncaughtException', error));
    process.on('unhandledRejection', (reason) => listener('unhandledRejection', reason));
  },
  exit: (code) => process.exit(code),
});
