/**
 * - `folder`: the folder or a file in it is missing, misnamed, numbered wrongly or uses an unknown placeholder
 * - `edited`: a migration was changed after it was applied
 * - `history`: the database knows migrations that the folder does not have, or lacks earlier ones
 * - `failed`: the database rejected a migration; nothing of it was kept
 */
export type MigrationErrorCode = 'folder' | 'edited' | 'history' | 'failed';

/** Why the schema could not be brought to where it should be, in one line that names the migration. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';

  /**
   * @param message - one line, fit for a terminal
   * @param options - `cause`: the underlying error
   */
  constructor(
    readonly code: MigrationErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}
