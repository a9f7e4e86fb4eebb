import { parseArgs } from 'node:util';

/** The command line of every peer, with the names of the service. */
export interface PeerOptions {
  readonly host: string;
  readonly port: number;
  readonly repo: 'sqlite3' | 'postgres';
  readonly repoUri: string;
  readonly externalUrl: string;
}

/** The largest request body, as the service's default. */
export const BODY_LIMIT_BYTES = 1024 * 1024;

/** The default and maximum page size. */
export const MAX_RESULTS = 20;

/** For each client address. It is never reached: the cost of counting is measured. */
export const LIMIT_PER_SECOND = 1_000_000_000;

/** The OpenAPI document of the service, which contract-first peers enforce. */
export const CONTRACT_PATH = new URL('../../../../api/openapi.yml', import.meta.url).pathname;

/**
 * Parses a peer's command line.
 *
 * @param argv - the arguments after the program's name
 * @throws TypeError for an unknown flag or a missing value
 */
export function readOptions(argv: readonly string[] = process.argv.slice(2)): PeerOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      listen: { type: 'string', default: '127.0.0.1:8080' },
      repo: { type: 'string', default: 'sqlite3' },
      'repo-uri': { type: 'string', default: ':memory:' },
    },
  });
  const { repo } = values;
  if (repo !== 'sqlite3' && repo !== 'postgres') throw new TypeError(`--repo is sqlite3 or postgres, not ${repo}`);
  const colon = values.listen.lastIndexOf(':');
  const host = values.listen.slice(0, colon);
  const port = Number(values.listen.slice(colon + 1));
  return { host, port, repo, repoUri: values['repo-uri'], externalUrl: `http://${host}:${port}` };
}
