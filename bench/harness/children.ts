import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { DATA_DIR } from './paths.js';

/** Kills all registered processes by id when its standard input closes, however the harness ended. */
const GUARD_SCRIPT = `
pids=" "
while read -r what pid; do
  case "$what" in
    +) pids="$pids$pid " ;;
    -) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
for pid in $pids; do kill -KILL "$pid" 2>/dev/null; done
exit 0`;

/** The processes of a run. None of them outlives it, however it ends. */
export interface Children {
  spawn(command: readonly string[], stdio: StdioOptions, env?: NodeJS.ProcessEnv): ChildProcess;
  /** Registers a process that was started elsewhere. @returns removes it again */
  watch(pid: number): () => void;
  /** SIGTERM, then SIGKILL after `limitMs`; at once if that is 0. */
  stop(child: ChildProcess, limitMs: number): Promise<void>;
  stopAll(): Promise<void>;
}

export function createChildren(): Children {
  const guard = spawn('sh', ['-c', GUARD_SCRIPT], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: DATA_DIR,
  });
  guard.unref();
  const { stdin } = guard;
  stdin.on('error', () => {});
  if ('unref' in stdin && typeof stdin.unref === 'function') stdin.unref();
  const running = new Set<ChildProcess>();

  function watch(pid: number): () => void {
    stdin.write(`+ ${pid}\n`);
    return () => void stdin.write(`- ${pid}\n`);
  }

  async function stop(child: ChildProcess, limitMs: number): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
    child.kill(limitMs === 0 ? 'SIGKILL' : 'SIGTERM');
    await exited;
    clearTimeout(timer);
  }

  return {
    spawn([program = '', ...args], stdio, env = process.env) {
      const child = spawn(program, args, { stdio, env });
      if (child.pid !== undefined) {
        const detach = watch(child.pid);
        child.once('exit', detach);
      }
      running.add(child);
      child.once('exit', () => running.delete(child));
      return child;
    },
    watch,
    stop,
    async stopAll() {
      await Promise.all([...running].map((child) => stop(child, 5000)));
    },
  };
}
