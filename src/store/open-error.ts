/** A store that cannot be opened as configured: waiting does not help, the settings or the files must change. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError';
}
