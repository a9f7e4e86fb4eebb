import type { Config } from './config.js';
import { redactUri } from './redact-uri.js';
import { IN_MEMORY } from './repository.js';
import type { ListenAddress } from './service-formats.js';

/**
 * What a process is about to use, in one line for the log at start. It holds no secret: connection strings lose their
 * passwords, and of a token it says only that there is one.
 *
 * @param config - the configuration
 */
export function describeConfig(config: Config): string {
  const { repoTable, adminListen } = config;
  const facts = [
    `listen ${addressText(config.listen)}`,
    `external-url ${config.externalUrl}/${config.apiVersion}`,
    `payments in ${repositoryText(config)}`,
    `table ${repoTable.schema === null ? '' : `${repoTable.schema}.`}${repoTable.table}`,
    `workers ${config.workers}`,
    `timeout ${config.timeoutMs / 1000} s`,
    `limit ${config.limit === null ? 'off' : `${config.limit.text} in ${redactUri(config.limitStore)}`}`,
    `admin ${onOff(config.admin)}, metrics ${onOff(config.metrics)}, profiling ${onOff(config.profiling)}`,
    ...(adminListen === null ? [] : [`admin-listen ${addressText(adminListen)}`]),
    `admin-token ${onOff(config.adminToken !== null)}`,
    `config file ${config.configFile ?? 'none'}`,
  ];
  return facts.join('; ').replace(/[\r\n]+/g, ' ');
}

function repositoryText({ repo, repoUri }: Config): string {
  if (repo === 'postgres') return `Postgres at ${redactUri(repoUri)}`;
  return repoUri === IN_MEMORY ? 'SQLite in memory, gone when the process ends' : `SQLite at ${repoUri}`;
}

/**
 * An address as it is written in a setting.
 *
 * @param address - where a listener is opened
 */
export function addressText({ host = '', port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function onOff(isOn: boolean): string {
  return isOn ? 'on' : 'off';
}
