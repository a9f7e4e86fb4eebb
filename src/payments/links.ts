/** Builds the absolute URLs that clients follow. */
export interface Links {
  /** URL of one payment. */
  payment(id: string): string;
  /** URL of a page of the list; parameters that are undefined are left out. */
  page(parameters: Readonly<Record<string, string | number | undefined>>): string;
}

/**
 * @param externalUrl - how clients reach the service: absolute, without a trailing slash
 * @param apiVersion - the path segment the API is exposed under, `v1` say
 */
export function createLinks(externalUrl: string, apiVersion: string): Links {
  const payments = `${externalUrl}/${apiVersion}/payments`;
  return {
    payment: (id) => `${payments}/${encodeURIComponent(id)}`,
    page(parameters) {
      let query = '';
      for (const [name, value] of Object.entries(parameters)) {
        if (value !== undefined) query += `${query === '' ? '?' : '&'}${name}=${encodeURIComponent(value)}`;
      }
      return payments + query;
    },
  };
}
