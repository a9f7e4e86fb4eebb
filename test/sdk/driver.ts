/** A response to a client. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** The same calls for every generated client: each has a driver in `clients/`. */
export interface Driver {
  create(id: string, amount: string): Promise<Reply>;
  read(id: string): Promise<Reply>;
  list(size: number): Promise<Reply>;
  update(id: string, version: number, amount: string): Promise<Reply>;
  remove(id: string, version: number): Promise<Reply>;
}

/** The exports of each file in `clients/`. */
export interface DriverModule {
  /** @param url - of the service */
  connect(url: string): Driver;
}
