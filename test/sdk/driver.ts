/** A response to a client. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The same calls for every generated client: each has a driver in `clients/`. */
export interface Driver {
  create(id: string, amount: string): Promise<Answer>;
  read(id: string): Promise<Answer>;
  list(size: number): Promise<Answer>;
  update(id: string, version: number, amount: string): Promise<Answer>;
  remove(id: string, version: number): Promise<Answer>;
}

/** The exports of each file in `clients/`. */
export interface DriverModule {
  /** @param url - of the service */
  connect(url: string): Driver;
}
