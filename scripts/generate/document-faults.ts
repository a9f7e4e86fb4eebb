import { createConfig, lintFromString } from '@redocly/openapi-core';
import type { Fault } from './contract-error.js';
import { methods } from './document.js';
import { isReference, lookUp } from './reference.js';

type Members = Readonly<Record<string, unknown>>;

/**
 * What keeps a document from being generated from: faults against OpenAPI 3.0's structure, by Redocly's linter, and
 * what the generator relies on besides.
 *
 * @param document - any value
 * @returns every fault with its place as a JSON pointer; none for a usable document
 */
export async function documentFaults(document: unknown): Promise<Fault[]> {
  const { openapi } = members(document);
  if (typeof openapi !== 'string' || !openapi.startsWith('3.0.'))
    return [{ where: '#/openapi', what: 'must be 3.0.x' }];
  // Each check relies on the ones before it, so the first to find faults is the only one to report.
  const dangling = danglingReferences(document, document, '#');
  if (dangling.length > 0) return dangling;
  const structural = await structuralFaults(document);
  return structural.length > 0 ? structural : operationFaults(document, members(members(document).paths));
}

async function structuralFaults(document: unknown): Promise<Fault[]> {
  const config = await createConfig({ rules: { struct: 'error' } });
  const problems = await lintFromString({ source: JSON.stringify(document), absoluteRef: 'contract.json', config });
  return problems.map(({ location, message }) => ({ where: location[0]?.pointer ?? '#', what: message }));
}

function danglingReferences(document: unknown, value: unknown, where: string): Fault[] {
  if (typeof value !== 'object' || value === null) return [];
  if (isReference(value)) {
    return lookUp(document, value.$ref) === undefined ? [{ where, what: `${value.$ref} leads nowhere` }] : [];
  }
  return Object.entries(value).flatMap(([key, member]) =>
    key === 'example' ? [] : danglingReferences(document, member, `${where}/${pointerPart(key)}`),
  );
}

function operationFaults(document: unknown, paths: Members): Fault[] {
  const faults: Fault[] = [];
  const known = new Map<string, string>();
  for (const [path, item] of Object.entries(paths)) {
    for (const method of methods) {
      const operation = members(item)[method];
      if (operation === undefined) continue;
      const where = `#/paths/${pointerPart(path)}/${method}`;
      const { operationId, parameters, responses } = members(operation);
      if (typeof operationId !== 'string' || !/^[A-Za-z][A-Za-z0-9]*$/.test(operationId)) {
        faults.push({ where, what: 'must have an operationId of letters and digits: it names the handler' });
      } else if (known.has(operationId)) {
        faults.push({ where, what: `operationId ${operationId} is already that of ${known.get(operationId)}` });
      } else {
        known.set(operationId, where);
      }
      const all = [...list(members(item).parameters), ...list(parameters)].map((one) => resolved(document, one));
      faults.push(...parameterFaults(path, all, where), ...statusFaults(responses, where));
    }
  }
  return faults;
}

function parameterFaults(path: string, parameters: readonly Members[], where: string): Fault[] {
  const faults: Fault[] = [];
  const inTemplate = [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? '');
  const described = parameters.filter((one) => one.in === 'path').map((one) => String(one.name));
  for (const name of inTemplate) {
    if (!described.includes(name)) faults.push({ where, what: `path parameter ${name} is not described` });
  }
  for (const name of described) {
    if (!inTemplate.includes(name)) faults.push({ where, what: `path parameter ${name} is not in the path` });
  }
  for (const { name, in: place, schema } of parameters) {
    if (schema === undefined) faults.push({ where, what: `${String(place)} parameter ${String(name)} has no schema` });
  }
  return faults;
}

function statusFaults(responses: unknown, where: string): Fault[] {
  const statuses = Object.keys(members(responses));
  return statuses
    .filter((status) => !/^[1-5][0-9][0-9]$/.test(status))
    .map((status) => ({ where: `${where}/responses/${status}`, what: 'must be a status of three digits' }));
}

function resolved(document: unknown, value: unknown): Members {
  return isReference(value) ? resolved(document, lookUp(document, value.$ref)) : members(value);
}

function members(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function pointerPart(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
