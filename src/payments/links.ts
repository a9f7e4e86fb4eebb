type Parameters = Readonly<Record<string, string | number | undefined>>;

export type Links = ReturnType<typeof createLinks>;

/**
 * Builds the absolute URLs that clients follow; parameters that are undefined are left out.
 *
 * @param externalUrl - how clients reach the service: absolute, without a trailing slash
 * @param apiVersion - the path segment the API is exposed under, for example `v1`
 */
export function createLinks(externalUrl: string, apiVersion: string) {
  const root = `${externalUrl}/${apiVersion}`;
  const payments = `${root}/payments`;
  const payment = (id: string) => `${payments}/${encodeURIComponent(id)}`;
  return {
    payment,
    /** Of a page of the list. */
    page: (parameters: Parameters) => payments + queryOf(parameters),
    /** Of a page of all changes. */
    changes: (parameters: Parameters) => `${root}/changes${queryOf(parameters)}`,
    /** Of a page of the changes of one payment. */
    versions: (id: string, parameters: Parameters) => `${payment(id)}/versions${queryOf(parameters)}`,
  };
}

function queryOf(parameters: Parameters): string {
  let query = '';
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query += `${query === '' ? '?' : '&'}${name}=${encodeURIComponent(value)}`;
  }
  return query;
}
