import type { FromGenerator, Job, JobResult, ToGenerator } from '../load/protocol.js';
import type { Children } from './children.js';
import { pin } from './cores.js';
import { DIST_DIR } from './paths.js';
import type { RunningServer } from './servers.js';
import { runWrk } from './wrk.js';

/** What a job cost and yielded. */
export interface Measurement extends JobResult {
  /** Without those that were rejected. */
  readonly requestsPerSecond: number;
  /** CPU time of the server for each of these requests, its workers included. NaN where the system does not tell. */
  readonly serverCpuMicros: number;
}

/** The load generator, one process for the whole run, so that it is as warm for the last server as for the first. */
export interface Generator {
  run(server: RunningServer, job: Omit<Job, 'port'>): Promise<Measurement>;
  stop(): Promise<void>;
}

/**
 * @param core - taskset's list, or null
 * @param usesWrk - whether closed loops of a number of seconds are run by wrk
 */
export function startGenerator(children: Children, core: string | null, usesWrk = false): Generator {
  const program = [process.execPath, `${DIST_DIR}load/generator.js`];
  const child = children.spawn(program, ['ignore', 'inherit', 'inherit', 'ipc']);
  pin(child.pid, core);

  let answered: (reply: FromGenerator) => void = () => {};
  let failed: (error: Error) => void = () => {};
  child.on('message', (reply: FromGenerator) => answered(reply));
  child.on('exit', () => failed(new Error('the load generator ended')));

  function ask(message: ToGenerator): Promise<FromGenerator> {
    return new Promise((resolve, reject) => {
      answered = resolve;
      failed = reject;
      if (child.connected) child.send(message);
      else reject(new Error('the load generator is gone'));
    });
  }

  return {
    async run(server, job) {
      if (usesWrk && job.pace.kind === 'seconds') {
        const before = server.cpuMs();
        const result = await runWrk(children, core, { ...job, port: server.port });
        return {
          ...result,
          requestsPerSecond: result.requests / result.seconds,
          serverCpuMicros: ((server.cpuMs() - before) * 1000) / result.requests,
        };
      }
      const prepared = await ask({ kind: 'prepare', job: { ...job, port: server.port } });
      const cpuBefore = server.cpuMs();
      const answer = prepared.kind === 'ready' ? await ask({ kind: 'go' }) : prepared;
      if (answer.kind !== 'result') throw new Error('the load generator gave no result');
      const { result } = answer;
      const served = result.requests - result.refused;
      return {
        ...result,
        requestsPerSecond: served / result.seconds,
        serverCpuMicros: ((server.cpuMs() - cpuBefore) * 1000) / served,
      };
    },
    stop: () => children.stop(child, 2000),
  };
}
