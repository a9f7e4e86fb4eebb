/** A metric in a query, with its labels. */
export interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** Words of PromQL that are neither functions nor metrics. */
const KEYWORDS = new Set([
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'and',
  'or',
  'unless',
  'bool',
  'offset',
]);

/**
 * Finds the metrics of a query. It supports the grammar of the queries here: a name that is not a function, keyword or
 * grouping label.
 *
 * @param query - PromQL
 * @see https://prometheus.io/docs/prometheus/latest/querying/basics/
 */
export function selectorsOf(query: string): readonly Selector[] {
  const grouped = [...query.matchAll(/\b(?:by|without)\s*\(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(','));
  const groupLabels = grouped.map((name) => name.trim()).filter((name) => name !== 'le');
  const rest = query.replaceAll(/\b(?:by|without)\s*\([^)]*\)/g, ' ').replaceAll(/\[[^\]]*\]/g, ' ');
  const selectors: Selector[] = [];
  for (const [, metric = '', matchers] of rest.matchAll(/\b([a-z_:][a-z0-9_:]*)\b(?!\s*\()\s*(?:\{([^}]*)\})?/gi)) {
    if (KEYWORDS.has(metric)) continue;
    const labels = [...(matchers ?? '').matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label);
    selectors.push({ metric, labels: [...labels, ...groupLabels] });
  }
  return selectors;
}
