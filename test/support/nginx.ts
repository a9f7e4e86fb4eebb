import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient, freePort } from './http.js';

/**
 * An nginx in front of a service, with 32 kept connections for all its clients.
 *
 * @param port - of the service
 */
export async function startNginx(port: number): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'payments-nginx-'));
  const ownPort = await freePort();
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; pid ${folder}/nginx.pid; error_log /dev/null; worker_processes 1; events { worker_connections 4096; }
     http { access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
       fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
       upstream service { server 127.0.0.1:${port}; keepalive 32; }
       server { listen 127.0.0.1:${ownPort};
         location / { proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection "";
           proxy_set_header X-Forwarded-For $remote_addr; } } }`,
  );
  const nginx = spawn('nginx', ['-p', folder, '-c', config], { stdio: 'ignore' });
  const exited = once(nginx, 'exit');
  const kill = () => void nginx.kill('SIGKILL');
  process.once('exit', kill);
  await once(nginx, 'spawn');
  const client = createClient(ownPort);
  while ((await client.get('/health').catch(() => null))?.status !== 200) await delay(20);
  client.close();
  return {
    port: ownPort,
    async stop() {
      nginx.kill('SIGTERM');
      await exited;
      process.off('exit', kill);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
