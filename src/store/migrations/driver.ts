/** What the history of a database says about one migration. */
export interface AppliedMigration {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
  /** ISO 8601, in UTC. */
  readonly appliedAt: string;
}

/** What is recorded of a migration when it is applied; the time is the driver's to add. */
export type MigrationRecord = Omit<AppliedMigration, 'appliedAt'>;

/** What the runner needs of a database. A driver works on one connection of its own. */
export interface MigrationDriver {
  /** Runs `work` while no other process can be in its own `withLock` on the same database; waits its turn for that. */
  withLock<T>(work: () => Promise<T>): Promise<T>;
  /** Makes the history table, and the schema it lives in, where they are missing. Called under the lock. */
  ensureHistory(): Promise<void>;
  /** The history in order of number; empty where there is no history table yet. */
  applied(): Promise<readonly AppliedMigration[]>;
  /** Executes the SQL (several statements) and records the migration, both or neither. Called under the lock. */
  apply(sql: string, record: MigrationRecord): Promise<void>;
  /** Executes the SQL and forgets the migration, both or neither. Called under the lock. */
  revert(sql: string, record: MigrationRecord): Promise<void>;
}
