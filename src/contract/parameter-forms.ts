/** How parameters are written in a request; the generator works it out from `style`, `explode` and the schema. */

export type ScalarType = 'boolean' | 'integer' | 'number' | 'string';

/** A single text of a request and the types that it may be read as, in this order. */
export interface Scalar {
  readonly types: readonly ScalarType[];
  /** What is too large to be exact counts as 2^53. */
  readonly saturates?: boolean;
}

/** How the text of a parameter becomes a value. */
export type ValueForm =
  | ({ readonly kind: 'scalar' } & Scalar)
  | { readonly kind: 'array'; readonly items: Scalar }
  | { readonly kind: 'object'; readonly properties: Readonly<Record<string, Scalar>>; readonly rest: Scalar | null }
  | { readonly kind: 'json' }
  | { readonly kind: 'file'; readonly mediaTypes: readonly string[]; readonly isList: boolean };

/** A parameter, or a property of a form. */
export interface ParameterForm {
  /** Of a header, in lower case. */
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required: boolean;
  readonly style: string;
  readonly explode: boolean;
  /** Whether `?name=` is accepted whatever the schema, rejected whatever the schema, or left to the schema (null). */
  readonly allowsEmpty: boolean | null;
  readonly value: ValueForm;
  readonly default?: unknown;
}
