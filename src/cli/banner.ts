import { addressText, type Config, urlOf } from '../config/config.js';
import { redactUri } from '../config/config-error.js';
import { IN_MEMORY } from '../config/database.js';

/**
 * What a process is about to use, in one line for the log. It holds no secret: connection strings lose their passwords,
 * and of a token it says only that there is one.
 */
export function describeConfig(config: Config): string {
  const { adminListen, limit, repoTable } = config;
  const facts = [
    `listen ${addressText(config.listen)}`,
    `external-url ${config.externalUrl}/${config.apiVersion}`,
    `storage ${storageText(config)}`,
    `table ${repoTable.schema === null ? '' : `${repoTable.schema}.`}${repoTable.table}`,
    `workers ${config.workers}`,
    `timeout ${config.timeoutMs / 1000} s`,
    `limit ${limit === null ? 'off' : `${limit.text} in ${redactUri(config.limitStore)}`}`,
    `admin ${onOff(config.admin)}, metrics ${onOff(config.metrics)}, profiling ${onOff(config.profiling)}`,
    `console ${onOff(config.console)}`,
    ...(adminListen === null ? [] : [`admin-listen ${addressText(adminListen)}`]),
    `admin-token ${onOff(config.adminToken !== null)}`,
    `config file ${config.configFile ?? 'none'}`,
  ];
  return facts.join('; ').replace(/[\r\n]+/g, ' ');
}

/**
 * What a person at a terminal wants to know once the service listens.
 *
 * @param title - the program and its version
 * @param port - where the API listens
 */
export function banner(title: string, config: Config, port: number): string {
  const url = urlOf({ ...config.listen, port });
  const rows = [
    ['API', `${url}/${config.apiVersion}`],
    ['Docs', `${url}/docs/`],
    ...(config.console ? [['Console', `${config.adminListen ? urlOf(config.adminListen) : url}/console`]] : []),
    ['Health', `${url}/health`],
    ['Storage', storageText(config)],
    ['Stop', 'Ctrl-C'],
  ];
  return ['', `  ${title}`, '', ...rows.map(([name = '', text]) => `  ${name.padEnd(9)}${text}`), ''].join('\n');
}

function storageText({ repo, repoUri }: Config): string {
  if (repo === 'postgres') return `Postgres at ${redactUri(repoUri)}`;
  return repoUri === IN_MEMORY ? 'SQLite in memory, lost when the process ends' : `SQLite at ${repoUri}`;
}

function onOff(isOn: boolean): string {
  return isOn ? 'on' : 'off';
}
