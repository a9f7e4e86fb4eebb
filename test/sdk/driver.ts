/** What a client was answered. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The same journey for every generated client: each of them is driven by a file of its own in `clients/`. */
export interface Driver {
  create(id: string, amount: string): Promise<Answer>;
  read(id: string): Promise<Answer>;
  list(size: number): Promise<Answer>;
  update(id: string, version: number, amount: string): Promise<Answer>;
  remove(id: string, version: number): Promise<Answer>;
}

/** What every file in `clients/` exports. */
export interface DriverModule {
  /** @param url - where the service is */
  connect(url: string): Driver;
}
