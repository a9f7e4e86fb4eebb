import { spawnSync } from 'node:child_process';
import { BENCH_DIR, DIST_DIR } from './paths.js';

/** The compiled peer in Go. */
export const GO_PROGRAM = `${DIST_DIR}peers/go-peer`;

/**
 * Builds the peer in Go: oapi-codegen's output for the contract, and the program. The first build downloads modules.
 *
 * @returns why it cannot be built, or null
 */
export function buildGoPeer(): string | null {
  const go = (...args: string[]) =>
    spawnSync('go', args, {
      cwd: `${BENCH_DIR}peers/go`,
      encoding: 'utf8',
      env: { ...process.env, CGO_ENABLED: '1', GOFLAGS: '-buildvcs=false' },
    });
  if (go('version').error !== undefined) return 'Go is not installed';
  for (const args of [
    ['generate', './...'],
    ['build', '-o', GO_PROGRAM, '.'],
  ]) {
    const { status, stderr } = go(...args);
    if (status !== 0) return `go ${args[0]} failed: ${stderr.slice(-400).trim()}`;
  }
  return null;
}
