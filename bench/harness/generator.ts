import type { FromGenerator, Job, JobResult, ToGenerator } from '../load/protocol.js';
import type { Children } from './children.js';
import { pin } from './cores.js';
import { DIST_DIR } from './paths.js';
import type { RunningServer } from './servers.js';
import { runWrk } from './wrk.js';

/** The cost and the result of a job. */
export interface Measurement extends JobResult {
  /** Without rejected ones. */
  readonly requestsPerSecond: number;
  /** CPU time of the server and its workers for each of these requests. NaN if the system does not report it. */
  readonly serverCpuMicros: number;
}

/** The load generator, a single process for the whole run, so that it is equally warm for every server. */
export interface Generator {
  run(server: RunningServer, job: Omit<Job, 'port'>): Promise<Measurement>;
  stop(): Promise<void>;
}

/**
 * @param core - taskset's list, or null
 * @param usesWrk - whether wrk runs closed loops of a number of seconds
 */
export function startGenerator(children: Children, core: string | null, usesWrk = false): Generator {
  const program = [process.execPath, `${DIST_DIR}load/generator.js`];
  const child = children.spawn(program, ['ignore', 'inherit', 'inherit', 'ipc']);
  pin(child.pid, core);

  let onReply: (reply: FromGenerator) => void = () => {};
  let failed: (error: Error) => void = () => {};
  child.on('message', (reply: FromGenerator) => onReply(reply));
  child.on('exit', () => failed(new Error('the load generator ended')));

  function ask(message: ToGenerator): Promise<FromGenerator> {
    return new Promise((resolve, reject) => {
      onReply = resolve;
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
      const response = prepared.kind === 'ready' ? await ask({ kind: 'go' }) : prepared;
      if (response.kind !== 'result') throw new Error('the load generator gave no result');
      const { result } = response;
      const served = result.requests - result.shed;
      return {
        ...result,
        requestsPerSecond: served / result.seconds,
        serverCpuMicros: ((server.cpuMs() - cpuBefore) * 1000) / served,
      };
    },
    stop: () => children.stop(child, 2000),
  };
}
