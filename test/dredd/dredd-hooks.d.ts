/** Types for Dredd's `hooks`, which have none. */
declare module 'hooks' {
  /** A request and its documented response; hooks may change both. */
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
      /** An example, which Dredd ignores if there is a schema. */
      body?: string;
      /** A JSON Schema as text. */
      bodySchema?: string;
    };
    /** The response, if the server sent one. */
    readonly real?: Reply;
    /** Why it fails, besides Dredd's own findings. */
    fail?: string;
    /** Dredd's verdict. */
    readonly test?: { readonly valid?: boolean; readonly message?: string };
  }

  export interface Reply {
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
