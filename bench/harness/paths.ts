import { fileURLToPath } from 'node:url';

/** The folders of the benchmark, relative to the compiled harness (`bench/dist/harness`). */
export const BENCH_DIR = fileURLToPath(new URL('../../', import.meta.url));
export const ROOT_DIR = fileURLToPath(new URL('../../../', import.meta.url));
export const DIST_DIR = fileURLToPath(new URL('../', import.meta.url));
export const SERVICE_MAIN = `${ROOT_DIR}dist/src/main.js`;
export const RESULTS_DIR = `${BENCH_DIR}results`;
/** Databases of the run: on the disk of the checkout, because a temporary folder may be in memory. */
export const DATA_DIR = `${BENCH_DIR}.data`;
