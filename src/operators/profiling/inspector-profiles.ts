import type { HeapProfiler, Profiler } from 'node:inspector';
import type { Session } from 'node:inspector/promises';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Samples what the process computes, a thousand times a second.
 *
 * @param seconds - for how long
 * @returns a profile in the form of Chrome DevTools' `.cpuprofile`
 * @see https://chromedevtools.github.io/devtools-protocol/v8/Profiler/#type-Profile
 */
export function cpuProfile(seconds: number): Promise<Profiler.Profile> {
  return withSession(async (session) => {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await delay(seconds * 1000);
    const { profile } = await session.post('Profiler.stop');
    return profile;
  });
}

/**
 * Samples which functions allocate the memory that is still in use at the end. Unlike a snapshot it does not stop the
 * process.
 *
 * @param seconds - for how long
 * @returns a profile in the form of Chrome DevTools' `.heapprofile`
 * @see https://chromedevtools.github.io/devtools-protocol/v8/HeapProfiler/#type-SamplingHeapProfile
 */
export function samplingHeapProfile(seconds: number): Promise<HeapProfiler.SamplingHeapProfile> {
  return withSession(async (session) => {
    await session.post('HeapProfiler.enable');
    await session.post('HeapProfiler.startSampling');
    await delay(seconds * 1000);
    const { profile } = await session.post('HeapProfiler.stopSampling');
    return profile;
  });
}

/** Opens no port: the session is one of the process with itself, and disconnecting ends whatever it began. */
async function withSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
  const inspector = await import('node:inspector/promises');
  const session = new inspector.Session();
  session.connect();
  try {
    return await work(session);
  } finally {
    session.disconnect();
  }
}
