/** A repository that cannot be opened as configured: waiting does not help, the settings or the files must change. */
export class RepoOpenError extends Error {
  override readonly name = 'RepoOpenError';
}
