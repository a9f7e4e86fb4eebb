import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { freePort } from '../support/http.js';
import { at } from './support.js';

/** A real Prometheus. */
export interface RunningPrometheus {
  /** The result of a GET of its API, below `/api/v1/`. @throws Error with its message if it rejects the request */
  api(path: string, parameters?: Readonly<Record<string, string>>): Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * Starts a Prometheus on a free port of the loopback interface, and waits until it is ready.
 *
 * @throws Error with its output, if it ends instead
 */
export async function startPrometheus(configFile: string, dataFolder: string): Promise<RunningPrometheus> {
  const address = `127.0.0.1:${await freePort()}`;
  const flags = [`--config.file=${configFile}`, `--storage.tsdb.path=${dataFolder}`, `--web.listen-address=${address}`];
  const child = spawn('prometheus', flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'close');
  const kill = (): void => void child.kill('SIGKILL');
  process.on('exit', kill);
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line);
    if (line.includes('Server is ready to receive web requests')) break;
  }
  if (!lines.at(-1)?.includes('Server is ready')) throw new Error(`Prometheus ended: ${lines.join('\n')}`);
  child.stderr.resume();
  return {
    async api(path, parameters = {}) {
      const response = await fetch(`http://${address}/api/v1/${path}?${new URLSearchParams(parameters)}`);
      const reply: unknown = await response.json();
      if (at(reply, 'status') !== 'success')
        throw new Error(`${path} ${JSON.stringify(parameters)}: ${at(reply, 'error')}`);
      return at(reply, 'data');
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
      process.off('exit', kill);
    },
  };
}
