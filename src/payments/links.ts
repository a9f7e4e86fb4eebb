/** Builds the absolute URLs that clients follow. */
export interface Links {
  /** URL of one payment. */
  payment(id: string): string;
  /** URL of a page of the list; parameters that are undefined are left out. */
  page(parameters: Parameters): string;
  /** URL of a page of all changes. */
  changes(parameters: Parameters): string;
  /** URL of a page of the changes of one payment. */
  versions(id: string, parameters: Parameters): string;
}

type Parameters = Readonly<Record<string, string | number | undefined>>;

/**
 * @param externalUrl - how clients reach the service: absolute, without a trailing slash
 * @param apiVersion - the path segment the API is exposed under, for example `v1`
 */
export function createLinks(externalUrl: string, apiVersion: string): Links {
  const root = `${externalUrl}/${apiVersion}`;
  const payments = `${root}/payments`;
  const payment = (id: string) => `${payments}/${encodeURIComponent(id)}`;
  return {
    payment,
    page: (parameters) => payments + queryOf(parameters),
    changes: (parameters) => `${root}/changes${queryOf(parameters)}`,
    versions: (id, parameters) => `${payment(id)}/versions${queryOf(parameters)}`,
  };
}

function queryOf(parameters: Parameters): string {
  let query = '';
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query += `${query === '' ? '?' : '&'}${name}=${encodeURIComponent(value)}`;
  }
  return query;
}
