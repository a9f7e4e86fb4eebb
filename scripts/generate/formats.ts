/** The name under which compiled validators import their formats; `bundle` knows what is behind it. */
export const formatsModuleName = 'contract-formats';

/**
 * That module's source: the formats of ajv-formats, and `well-formed`, text without lone surrogates, which UTF-8, and
 * so a database, cannot hold.
 */
export const formatsModule = `
import { fullFormats } from 'ajv-formats/dist/formats.js';
export const formats = { ...fullFormats, 'well-formed': (text) => text.isWellFormed() };
`;
