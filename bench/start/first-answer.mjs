/**
 * How long the built service takes from the start of its process to its first answer, SQLite in memory, in ms.
 * `node bench/start/first-answer.mjs [runs]`, after `npm run build`.
 */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const FIRST_PORT = 18_400;
const GIVE_UP_MS = 15_000;
const runs = Math.min(20, Number(process.argv[2] ?? 5));

/** Asks again and again until there is an answer, or too much time has passed. */
function answered(port, startedAt) {
  return new Promise((resolve, reject) => {
    const ask = () => {
      const socket = connect(port, '127.0.0.1', () => socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'));
      socket.once('data', () => {
        socket.destroy();
        resolve(performance.now() - startedAt);
      });
      socket.once('error', () => {
        if (performance.now() - startedAt > GIVE_UP_MS) reject(new Error('no answer'));
        else setTimeout(ask, 2);
      });
    };
    ask();
  });
}

for (let run = 0; run < runs; run += 1) {
  const port = FIRST_PORT + run;
  const startedAt = performance.now();
  const child = spawn(process.execPath, [MAIN, '--listen', `127.0.0.1:${port}`], { stdio: 'ignore' });
  try {
    console.log(`${Math.round(await answered(port, startedAt))} ms`);
  } finally {
    child.kill('SIGKILL');
  }
}
