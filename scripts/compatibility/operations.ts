import type { Security } from '../generate/model/document.js';
import type { Sender } from './inline-schema.js';
import type { Bodies, OperationView, Part } from './operation-view.js';
import { type Break, schemaBreaks } from './schemas.js';

/**
 * The changes of one operation that may break clients of the released contract.
 *
 * @param before - the operation as released
 * @param after - as it is now
 * @param where - method and path
 */
export function operationBreaks(before: OperationView, after: OperationView, where: string): Break[] {
  const found: Break[] = [];
  const say = (what: string): void => void found.push({ where, what });
  if (before.operationId !== after.operationId) {
    say(`its operationId is ${after.operationId}, and was ${before.operationId}`);
  }
  if (before.tag !== after.tag) say(`its first tag is ${after.tag}, and was ${before.tag}`);
  if (!isStillSufficient(before.security, after.security)) say('requires other credentials');
  return [
    ...found,
    ...partBreaks('client', before.parameters, after.parameters, where),
    ...bodyBreaks(before.body, after.body, `${where}, body`),
    ...replyBreaks(before.replies, after.replies, where),
  ];
}

/** Whether all sets of credentials that were sufficient still are: no other credentials are required. */
function isStillSufficient(before: Security, after: Security): boolean {
  const waysOf = (security: Security): Security => (security.length > 0 ? security : [{}]);
  const now = waysOf(after);
  return waysOf(before).every((way) =>
    now.some((other) =>
      Object.entries(other).every(
        ([name, scopes]) => scopes.every((scope) => way[name]?.includes(scope)) && name in way,
      ),
    ),
  );
}

/** Parameters, which the client sends, or headers of a reply. */
function partBreaks(
  sender: Sender,
  before: ReadonlyMap<string, Part>,
  after: ReadonlyMap<string, Part>,
  where: string,
): Break[] {
  const found: Break[] = [];
  for (const [name, part] of before) {
    const now = after.get(name);
    const place = `${where}, ${name}`;
    if (now === undefined) {
      found.push({ where: place, what: 'is gone' });
      continue;
    }
    if (sender === 'client' && now.required && !part.required) found.push({ where: place, what: 'is required now' });
    if (sender === 'service' && part.required && !now.required) {
      found.push({ where: place, what: 'is no longer always there' });
    }
    if (
      now.allowsEmpty !== true &&
      (part.allowsEmpty === true || (now.allowsEmpty === false && part.allowsEmpty === null))
    )
      found.push({ where: place, what: 'may no longer be empty' });
    if (now.spelling !== part.spelling) found.push({ where: place, what: 'is written in another way' });
    found.push(...schemaBreaks(sender, part.schema, now.schema, place));
  }
  const strangers =
    sender === 'client' ? [...after].filter(([name, { required }]) => required && !before.has(name)) : [];
  return [...found, ...strangers.map(([name]) => ({ where: `${where}, ${name}`, what: 'is new, and required' }))];
}

function bodyBreaks(before: OperationView['body'], after: OperationView['body'], where: string): Break[] {
  if (before === null) return after?.required ? [{ where, what: 'is new, and required' }] : [];
  if (after === null) return [{ where, what: 'is gone' }];
  const isRequiredNow = after.required && !before.required;
  return [
    ...(isRequiredNow ? [{ where, what: 'is required now' }] : []),
    ...contentBreaks('client', before.content, after.content, where),
  ];
}

function replyBreaks(before: OperationView['replies'], after: OperationView['replies'], where: string): Break[] {
  const found: Break[] = [];
  for (const [status, { headers, content }] of before) {
    const now = after.get(status);
    const place = `${where}, ${status}`;
    if (now === undefined) found.push({ where: place, what: 'is gone' });
    else {
      const named = (all: ReadonlyMap<string, Part>) =>
        new Map([...all].map(([name, part]) => [`header ${name}`, part]));
      found.push(...partBreaks('service', named(headers), named(now.headers), place));
      found.push(...contentBreaks('service', content, now.content, place));
    }
  }
  // Clients must expect any error, but not another success.
  const successes = [...after.keys()].filter((status) => /^[23]/.test(status) && !before.has(status));
  return [...found, ...successes.map((status) => ({ where: `${where}, ${status}`, what: 'is a new kind of success' }))];
}

function contentBreaks(sender: Sender, before: Bodies, after: Bodies, where: string): Break[] {
  return [...before].flatMap(([type, schema]) => {
    const now = after.get(type);
    return now === undefined
      ? [{ where: `${where}, ${type}`, what: 'is gone' }]
      : schemaBreaks(sender, schema, now, where);
  });
}
