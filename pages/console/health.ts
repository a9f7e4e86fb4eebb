import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import type { Service } from './service.js';

const INTERVAL_MS = 2_000;

interface Props {
  readonly base: string;
  readonly service: Service;
  readonly onUp: () => void;
}

/** Polls the service's health. */
export function Health({ base, service, onUp }: Props) {
  const [status, setStatus] = useState('…');
  useEffect(() => {
    const ask = () =>
      fetch(`${base}/health`)
        .then((response) => response.json())
        .then(
          ({ status }) => {
            setStatus(status);
            if (status === 'up') onUp();
          },
          () => setStatus('unreachable'),
        );
    void ask();
    const timer = setInterval(ask, INTERVAL_MS);
    return () => clearInterval(timer);
  }, []);
  return html`
    <p class="health ${status}" role="status">
      <strong>${status}</strong> · ${service.repo} · version ${service.version}
    </p>`;
}
