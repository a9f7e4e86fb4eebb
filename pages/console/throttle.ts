import { useEffect, useRef, useState } from 'preact/hooks';

const INTERVAL_MS = 1_000;

/** A copy of a value that changes at most once a second. */
export function useThrottled<Value>(value: Value): Value {
  const [shown, setShown] = useState(value);
  const nextMs = useRef(0);
  useEffect(() => {
    const show = () => {
      nextMs.current = performance.now() + INTERVAL_MS;
      setShown(value);
    };
    const timer = setTimeout(show, nextMs.current - performance.now());
    return () => clearTimeout(timer);
  }, [value]);
  return shown;
}
