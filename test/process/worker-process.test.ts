import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { expect } from 'chai';
import { HEARTBEAT, type WorkerExit, WorkerProcess } from '../../src/process/worker-process.js';

/** Reports, when told, that it has received a connection, and dies. */
const WORKER = `
  process.on('SIGUSR2', () => {
    process.send({ t: 'q', m: 'alive', a: [1, 1] });
    process.kill(process.pid, 'SIGKILL');
  });
  process.send({ t: 'q', m: 'ready', a: [] });
  setInterval(() => {}, 1000);`;

describe('a worker, as seen by its primary', () => {
  async function startWorker() {
    const child = spawn(process.execPath, ['-e', WORKER], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    let worker: WorkerProcess | undefined;
    const exited = new Promise<WorkerExit>((resolve) => {
      worker = new WorkerProcess({
        slot: 0,
        child,
        heartbeat: HEARTBEAT,
        services: { countHits: async () => [], metrics: async () => '' },
        onReady: () => {},
        onReceiving: () => {},
        onExit: (_worker, exit) => resolve(exit),
      });
    });
    await once(child, 'message');
    return { child, worker, exited };
  }

  /** Without an event loop turn. */
  function endNow({ pid }: ChildProcess, signal: NodeJS.Signals): void {
    process.kill(Number(pid), signal);
    while (!readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '));
  }

  it('a connection that it received is not given to another worker, even if its exit is seen first', async () => {
    const [receiver, other] = [await startWorker(), await startWorker()];
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
    const [socket] = (await once(server, 'connection')) as [net.Socket];
    receiver.worker?.handOver({ listener: 'api', socket: new net.Socket() });
    // Node sees this data and one exit in one turn. The exit comes last, and with it all others of that moment.
    socket.once('data', () => endNow(receiver.child, 'SIGUSR2'));
    client.write('x');
    endNow(other.child, 'SIGKILL');
    expect((await receiver.exited).returned).to.have.lengthOf(0);
    await other.exited;
    client.destroy();
    socket.destroy();
    server.close();
  });
});
