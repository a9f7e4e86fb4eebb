import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createClient, freePort } from '../support/http.js';
import { MAIN } from '../support/program.js';
import { until } from './support.js';

/**
 * The built service without a reader of its log: reading thousands of lines a second would disturb the measurement.
 *
 * @param flags - besides the address
 * @param openFiles - the number of files that it may open
 */
export async function startQuietService(
  flags: readonly string[] = [],
  openFiles: number | null = null,
): Promise<{ port: number; stop(): Promise<number | null> }> {
  const port = await freePort();
  const workers = flags.includes('--workers') ? [] : ['--workers', '1'];
  const command = [process.execPath, MAIN, '--listen', `127.0.0.1:${port}`, ...workers, ...flags];
  const limit = openFiles === null ? '' : `ulimit -n ${openFiles}; `;
  const child = spawn('bash', ['-c', `${limit}exec "$0" "$@"`, ...command], {
    env: { ...process.env, NODE_ENV: '' },
    stdio: 'ignore',
  });
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  const exited = once(child, 'exit');
  const client = createClient(port);
  await until(
    () =>
      client.get('/health').then(
        ({ status }) => status,
        () => null,
      ),
    (status) => status === 200,
  );
  client.close();
  return {
    port,
    async stop() {
      child.kill('SIGTERM');
      const [code] = await exited;
      process.off('exit', kill);
      return code;
    },
  };
}
