import { fileURLToPath } from 'node:url';

/** The folders of the benchmark, seen from where the harness is built to (`bench/dist/harness`). */
export const BENCH_DIR = fileURLToPath(new URL('../../', import.meta.url));
export const ROOT_DIR = fileURLToPath(new URL('../../../', import.meta.url));
export const DIST_DIR = fileURLToPath(new URL('../', import.meta.url));
export const SERVICE_MAIN = `${ROOT_DIR}dist/src/main.js`;
export const RESULTS_DIR = `${BENCH_DIR}results`;
/** Databases of the run: on the disk the checkout is on, since a temporary folder may be in memory. */
export const DATA_DIR = `${BENCH_DIR}.data`;
