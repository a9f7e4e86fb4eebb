/** What Dredd gives to a hook file under the name `hooks`; it comes without types. */
declare module 'hooks' {
  /** A request and the answer that the contract documents for it; hooks may change both. */
  export interface Transaction {
    readonly name: string;
    readonly origin: { readonly filename: string; readonly resourceName: string };
    protocol: string;
    host: string;
    port: string;
    /** Path and query. */
    fullPath: string;
    readonly request: { readonly method: string; headers: Record<string, string>; body: string };
    readonly expected: {
      readonly statusCode: string;
      headers: Record<string, string>;
      /** An example; where there is a schema, Dredd goes by that. */
      body?: string;
      /** A JSON Schema as text. */
      bodySchema?: string;
    };
    /** The answer; only where the server gave one. */
    readonly real?: Answer;
    /** Why it fails, beside what Dredd itself finds. */
    fail?: string;
    /** Dredd's verdict. */
    readonly test?: { readonly valid?: boolean; readonly message?: string };
  }

  export interface Answer {
    readonly statusCode: number;
    /** By lower-case name. */
    readonly headers: Readonly<Record<string, string | undefined>>;
    readonly body?: string;
  }

  type Hook<Subject> = (subject: Subject, done: () => void) => void;

  const hooks: {
    beforeEach(hook: Hook<Transaction>): void;
    afterEach(hook: Hook<Transaction>): void;
    afterAll(hook: Hook<readonly Transaction[]>): void;
  };
  export default hooks;
}
